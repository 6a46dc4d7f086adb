<#
.SYNOPSIS
Runs an edit stage by stage, and replaces a part by hand between two stages.

.DESCRIPTION
Plans the removal of an object from a drawn scene, finds it, outlines it, and shapes the mask. The script then replaces the mask with an
ellipse around it and the plan's caption with another one, and fills the mask. The result records the overrides. Writes scene, mask and
result into the folder out/chain-override. Ends with an error if an override is lost or a pixel outside the mask changes.

.EXAMPLE
./examples/chain-override.ps1

.EXAMPLE
./examples/chain-override.ps1 -Seed 12 -Steps 50 -Detector D:/models/grounding-dino-tiny
#>
[CmdletBinding()]
param(
    # Where the pictures go.
    [string] $OutputFolder = 'out/chain-override',

    # The scene's seed, and the fill's.
    [long] $Seed = 7,

    # Sampling steps.
    [int] $Steps = 20,

    # The models: names or paths. Those not given are the first ones found.
    [string] $Model = 'toybox',
    [string] $Detector,
    [string] $Segmenter
)

$ErrorActionPreference = 'Stop'
if (-not (Get-Command Invoke-Inpaint -ErrorAction Ignore)) {
    Import-Module ([System.IO.Path]::Combine($PSScriptRoot, '..', 'BrushEdit.psd1'))
}

$find = if ($Detector) { @{ Model = $Detector } } else { @{} }
$outline = if ($Segmenter) { @{ Model = $Segmenter } } else { @{} }
$OutputFolder = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($OutputFolder)

# One object flows through the chain; each stage adds its part.
$scene = New-ToyScene -Seed $Seed -EditType Remove
$edit = $scene | Get-EditPlan -Instruction $scene.Instruction -CaptionBefore $scene.SceneCaption |
    Find-Object @find | Get-SegmentMask @outline | Edit-MaskForType -Model $Model
"plan: $($edit.Plan.EditType) '$($edit.Plan.Target)', then '$($edit.Plan.Caption)'"
if (-not $edit.Mask) {
    throw "Nothing was found for '$($edit.Plan.Target)'."
}

# Any part can be replaced before the next stage.
$edit = $edit | Edit-Mask -EllipseHull
$edit.Plan.Caption = "$($scene.Scene.Background) by $($scene.Scene.Light)"
$done = $edit | Invoke-Inpaint -Model $Model -Steps $Steps -Seed $Seed
"overridden: $($done.Overrides -join ', ')"
"filled with: '$($done.Settings.Caption)', seed $($done.Seed)"
$done | Export-EditImage -Directory $OutputFolder -Name chain-override -Content Result, Mask, Comparison -Force | ForEach-Object FullName

# What was not edited is what it was.
$before, $after, $mask = $done.Picture.ToRgb(), $done.Result.ToRgb(), $done.Mask.ToFloats()
for ($i = 0; $i -lt $after.Length; $i++) {
    if ($mask[[System.Math]::Floor($i / 3)] -eq 0 -and $before[$i] -ne $after[$i]) {
        throw "The pixel $([System.Math]::Floor($i / 3)) is outside the mask and has changed."
    }
}

if (-not ($done.Overrides -match 'Mask') -or $done.Settings.Caption -ne $edit.Plan.Caption) {
    throw 'What was replaced by hand is not in the result.'
}
