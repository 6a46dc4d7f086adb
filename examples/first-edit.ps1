<#
.SYNOPSIS
The main job: takes something out of a picture and puts something into it, with the weights that ship with the module.

.DESCRIPTION
Draws a scene, removes one of its objects, and adds another one. Writes into the folder out: the scene, and for each edit the mask, the
picture with its mask, the result, and all of it side by side. Runs in PowerShell 7.6 after a build, and in the console host:
dotnet run -c Release --project src/BrushEdit.Shell -- examples/first-edit.ps1

.EXAMPLE
./examples/first-edit.ps1

.EXAMPLE
./examples/first-edit.ps1 -SceneSeed 12 -Seed 3 -Steps 30
#>
[CmdletBinding()]
param(
    # Where the pictures go.
    [string] $OutputFolder = [System.IO.Path]::Combine($PSScriptRoot, '..', 'out'),

    # The scene: another number, another scene.
    [long] $SceneSeed = 8,

    # The edits' seed: another number, another fill.
    [long] $Seed = 1,

    # Sampling steps.
    [int] $Steps = 50,

    # Pixels a side.
    [int] $Side = 64,

    # The model: a name or a path.
    [string] $Model = 'toybox'
)

$ErrorActionPreference = 'Stop'
if (-not (Get-Command Invoke-Inpaint -ErrorAction Ignore)) {
    Import-Module ([System.IO.Path]::Combine($PSScriptRoot, '..', 'BrushEdit.psd1'))
}

$OutputFolder = [System.IO.Path]::GetFullPath($OutputFolder)
$options = @{ Seed = $SceneSeed; Width = $Side; Height = $Side; Split = 'HeldOutSeeds' }
$removal = New-ToyScene @options -EditType Remove
$addition = New-ToyScene @options -EditType Addition

"The scene: $($removal.SceneCaption)"
$null = $removal | Export-EditImage -Directory $OutputFolder -Name scene -Force

foreach ($job in @{ Name = 'removal'; Scene = $removal }, @{ Name = 'addition'; Scene = $addition }) {
    $edit = $job.Scene | Invoke-Inpaint -Model $Model -Steps $Steps -Seed $Seed
    $files = $edit | Export-EditImage -Directory $OutputFolder -Name $job.Name -Content Result, Mask, Overlay, Comparison -Force
    ''
    "$($job.Name): $($job.Scene.Instruction)"
    "  caption: $($edit.Settings.Caption)"
    "  seed $($edit.Seed), $($edit.Settings.Steps) steps of $($edit.Settings.Sampler), $('{0:0.0}' -f $edit.Timings['Inpaint'].TotalSeconds) s"
    foreach ($file in $files) {
        "  $($file.FullName)"
    }
}
