<#
.SYNOPSIS
Edits a folder of pictures by one instruction; a second run resumes an interrupted one.

.DESCRIPTION
Reads pictures ahead and writes results in the background while the networks run. A journal beside the results records finished files, so
that a second run resumes a batch that was stopped, killed or interrupted by a power cut. Bad files are reported and skipped. Without -Path
it draws a few scenes and edits those. Runs in PowerShell 7.6 after a build.

The instruction adds an object, which needs neither detector nor segmenter. With both installed, 'remove the dog' works in the same way.

.EXAMPLE
./examples/batch-folder.ps1

.EXAMPLE
./examples/batch-folder.ps1 -Path 'photos/*.jpg' -Instruction 'remove the dog' -OutputFolder out/photos -Throttle 4

.EXAMPLE
./examples/batch-folder.ps1 -Path 'photos/*.jpg' -Instruction 'remove the dog' -OutputFolder /shared/out -Shard 2/8
#>
[CmdletBinding()]
param(
    # The pictures; wildcards are allowed. Without it scenes are drawn.
    [string] $Path,

    # What is to be done to each of them.
    [string] $Instruction = 'add a red ball on the left',

    # Where the results go.
    [string] $OutputFolder = 'out/folder',

    # Which part of the pictures this process does: i/n.
    [string] $Shard = '1/1',

    # How many pictures are worked on at once, as Invoke-ImageEdit has it: 0 leaves it to a measurement on the first ones.
    [int] $Throttle = 1,

    # How many scenes are drawn where no pictures are given.
    [int] $Scenes = 6,

    # Sampling steps.
    [int] $Steps = 20,

    # The model: a name or a path.
    [string] $Model = 'toybox',

    # Where the networks run.
    [string] $Device = 'auto'
)

$ErrorActionPreference = 'Stop'
if (-not (Get-Command Invoke-ImageEdit -ErrorAction Ignore)) {
    Import-Module ([System.IO.Path]::Combine($PSScriptRoot, '..', 'BrushEdit.psd1'))
}

$OutputFolder = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($OutputFolder)
if (-not $Path) {
    $drawn = [System.IO.Path]::Combine($OutputFolder, 'scenes')
    foreach ($seed in 1..$Scenes) {
        $file = [System.IO.Path]::Combine($drawn, "scene-$seed.png")
        if (-not [System.IO.File]::Exists($file)) {
            $null = (New-ToyScene -Seed $seed).Picture | Export-EditImage -Path $file
        }
    }
    $Path = [System.IO.Path]::Combine($drawn, '*.png')
}

$done = 0
$skipped = 0
Invoke-ImageEdit $Path $Instruction -Directory $OutputFolder -Resume -Shard $Shard -Throttle $Throttle -Content Result, Comparison `
    -Steps $Steps -Model $Model -Device $Device -ErrorVariable faults -ErrorAction Continue | ForEach-Object {
    if ($_.Status -eq 'Skipped') {
        $skipped++
    }
    else {
        $done++
        "$($_.Name): $($_.EditType), seed $($_.Seed), $($_.Path)"
    }
}

"part ${Shard}: $done done, $skipped done before, $($faults.Count) failed"
if ($faults.Count -gt 0) {
    exit 1
}
