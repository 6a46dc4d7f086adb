<#
.SYNOPSIS
Edits a folder of pictures in two runs, with the masks reviewed and corrected between them.

.DESCRIPTION
Draws scenes as files. The first run plans, finds, outlines and shapes, and stores a plan and a mask for each picture without filling
anything. The script then changes one mask, as a person would in an image editor. The second run reads plans and masks back and fills them.
All files are in the folder out/review-masks. Ends with an error if the corrected mask is not the one that is filled.

.EXAMPLE
./examples/review-masks.ps1

.EXAMPLE
./examples/review-masks.ps1 -Count 10 -Steps 50
#>
[CmdletBinding()]
param(
    # Where everything goes; emptied of an earlier run's files first.
    [string] $OutputFolder = 'out/review-masks',

    # How many scenes, and the seed of the first.
    [int] $Count = 3,
    [long] $Seed = 40,

    # Sampling steps.
    [int] $Steps = 10,

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
$photos, $plans, $masks, $results = 'photos', 'plans', 'masks', 'results' | ForEach-Object { [System.IO.Path]::Combine($OutputFolder, $_) }
if ([System.IO.Directory]::Exists($masks)) {
    # Masks of an earlier run would be taken for corrected ones.
    [System.IO.Directory]::Delete($masks, $true)
}

$scenes = New-ToyScene -Seed $Seed -Count $Count -EditType Remove
$files = foreach ($scene in $scenes) {
    $scene | Export-EditImage -Directory $photos -Name "scene-$($scene.Seed)" -Force
}

'first run: plans and masks'
for ($i = 0; $i -lt $Count; $i++) {
    $edit = Get-EditPlan -LiteralPath $files[$i].FullName -Instruction $scenes[$i].Instruction -CaptionBefore $scenes[$i].SceneCaption |
        Find-Object @find | Get-SegmentMask @outline | Edit-MaskForType -MaskFolder $masks -Model $Model
    $edit | Export-EditPlan -Directory $plans -Force | ForEach-Object { "  $($_.Name): $($edit.Plan.EditType) '$($edit.Plan.Target)'" }
}

# What a person does in an image editor: here the first picture's mask becomes a box.
$name = "scene-$Seed"
$corrected = [System.IO.Path]::Combine($masks, "$name.mask.png")
New-EditMask -Path $corrected | Edit-Mask -BoxHull -Grow 2 -Element Square | Export-EditImage -Path $corrected -Force | ForEach-Object { "corrected: $($_.Name)" }

'second run: the fill'
$done = $files | ForEach-Object { Import-EditImage -LiteralPath $_.FullName } | Import-EditPlan -Directory $plans |
    Edit-MaskForType -MaskFolder $masks -Model $Model | Invoke-Inpaint -Model $Model -Steps $Steps -Seed 1
foreach ($edit in $done) {
    "  $($edit.Name): overridden: $(if ($edit.Overrides.Count -gt 0) { $edit.Overrides -join ', ' } else { 'nothing' })"
    $edit | Export-EditImage -Directory $results -Content Result, Comparison -Force | ForEach-Object { "    $($_.FullName)" }
}

$first = $done | Where-Object { $_.Name -like "$name.*" }
$drawn, $filled = (New-EditMask -Path $corrected).ToFloats(), $first.Mask.ToFloats()
if (@($done).Count -ne $Count -or "$drawn" -ne "$filled" -or -not ($first.Overrides -match 'Mask')) {
    throw 'The second run did not fill the corrected mask.'
}
