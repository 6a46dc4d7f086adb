<#
.SYNOPSIS
The main job: takes something out of a picture and puts something into it, with the weights that ship with the module.

.DESCRIPTION
Opens a shipped picture, fills one mask with the empty ground and another with a new object. Writes into the folder out: the picture,
for each edit the mask, the picture with its mask, the result, and all of it side by side, and a report on both, to be opened in a browser.
Runs in PowerShell 7.6 after a build, and in the console host: dotnet run -c Release --project src/BrushEdit.Shell -- examples/first-edit.ps1

.EXAMPLE
./examples/first-edit.ps1

.EXAMPLE
./examples/first-edit.ps1 -Seed 3 -Steps 30
#>
[CmdletBinding()]
param(
    # Where the pictures go.
    [string] $OutputFolder = [System.IO.Path]::Combine($PSScriptRoot, '..', 'out'),

    # The edits' seed: another number, another fill. Without it each edit has the one of the pictures in the README.
    [long] $Seed = -1,

    # Guidance: the small bundle wants less than the usual 7.5.
    [double] $GuidanceScale = 3,

    # Sampling steps.
    [int] $Steps = 50,

    # The model: a name or a path.
    [string] $Model = 'toybox'
)

$ErrorActionPreference = 'Stop'
if (-not (Get-Command Invoke-Inpaint -ErrorAction Ignore)) {
    Import-Module ([System.IO.Path]::Combine($PSScriptRoot, '..', 'BrushEdit.psd1'))
}

$OutputFolder = [System.IO.Path]::GetFullPath($OutputFolder)
$pictures = [System.IO.Path]::Combine($PSScriptRoot, 'pictures')
$scene = [System.IO.Path]::Combine($pictures, 'scene.png')
$null = Import-EditImage -LiteralPath $scene | Export-EditImage -Directory $OutputFolder -Name scene -Content Picture -Force

$jobs = @(
    @{ Name = 'removal'; Caption = 'sand by day'; Seed = 1 }
    @{ Name = 'addition'; Caption = 'a yellow ball on sand by day'; Seed = 2 }
)
$edits = [System.Collections.Generic.List[object]]::new()
foreach ($job in $jobs) {
    $mask = [System.IO.Path]::Combine($pictures, "$($job.Name)-mask.png")
    $chosen = if ($Seed -ge 0) { $Seed } else { $job.Seed }
    $edit = Invoke-Inpaint -LiteralPath $scene -Mask $mask -Caption $job.Caption -Model $Model -Steps $Steps -GuidanceScale $GuidanceScale -Seed $chosen
    $edits.Add($edit)
    $files = $edit | Export-EditImage -Directory $OutputFolder -Name $job.Name -Content Result, Mask, Overlay, Comparison -Force
    ''
    "$($job.Name): $($edit.Settings.Caption)"
    "  seed $($edit.Seed), $($edit.Settings.Steps) steps of $($edit.Settings.Sampler), $('{0:0.0}' -f $edit.Timings['Inpaint'].TotalSeconds) s"
    foreach ($file in $files) {
        "  $($file.FullName)"
    }
}

$report = $edits | Export-EditReport ([System.IO.Path]::Combine($OutputFolder, 'report.html')) -Title 'The first edits' -Force
''
"report: $($report.FullName)"
