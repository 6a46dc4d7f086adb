<#
.SYNOPSIS
Edits a picture by instruction, with the models that ship with the module.

.DESCRIPTION
Removes an object from a shipped picture, and adds one to it, each by one sentence. Writes into the folder out: the picture, for each edit
the mask, the picture with its mask, the result, and a comparison of all of them, and one page, report.html, that shows every stage: plan,
boxes, mask, result before and after. Runs in PowerShell 7.6 after a build.

.EXAMPLE
./examples/first-edit.ps1

.EXAMPLE
./examples/first-edit.ps1 -Seed 3 -Steps 30
#>
[CmdletBinding()]
param(
    # Where the pictures go.
    [string] $OutputFolder = 'out',

    # The edits' seed: another number, another fill.
    [long] $Seed = 1,

    # Sampling steps.
    [int] $Steps = 50,

    # The model that fills: a name or a path.
    [string] $Model = 'toybox'
)

$ErrorActionPreference = 'Stop'
if (-not (Get-Command Invoke-ImageEdit -ErrorAction Ignore)) {
    Import-Module ([System.IO.Path]::Combine($PSScriptRoot, '..', 'BrushEdit.psd1'))
}

$OutputFolder = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($OutputFolder)
$scene = [System.IO.Path]::Combine($PSScriptRoot, 'pictures', 'scene.png')
$null = Import-EditImage -LiteralPath $scene | Export-EditImage -Directory $OutputFolder -Name scene -Content Picture -Force

$jobs = @(
    @{ Name = 'removal'; Instruction = 'remove the orange heart' }
    @{ Name = 'addition'; Instruction = 'add a red mushroom on the right' }
)
$edits = [System.Collections.Generic.List[object]]::new()
foreach ($job in $jobs) {
    $edit = Invoke-ImageEdit -LiteralPath $scene -Instruction $job.Instruction -Model $Model -Steps $Steps -Seed $Seed -Verify
    $edits.Add($edit)
    $files = $edit | Export-EditImage -Directory $OutputFolder -Name $job.Name -Content Result, Mask, Overlay, Comparison -Force
    $time = 0
    $edit.Timings.Values | ForEach-Object { $time += $_.TotalSeconds }
    ''
    "$($job.Name): $($job.Instruction)"
    "  plan: $($edit.Plan.EditType), target '$($edit.Plan.Target)', afterwards '$($edit.Plan.Caption)'"
    "  seed $($edit.Seed), $($edit.Settings.Steps) steps of $($edit.Settings.Sampler), $('{0:0.0}' -f $time) s; $($edit.Verdict)"
    foreach ($file in $files) {
        "  $($file.FullName)"
    }
}

$report = $edits | Export-EditReport ([System.IO.Path]::Combine($OutputFolder, 'report.html')) -Title 'The first edits' -Force
''
"report: $($report.FullName)"
