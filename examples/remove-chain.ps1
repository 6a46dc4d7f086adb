<#
.SYNOPSIS
Runs a removal from instruction to result, with a picture of every stage.

.DESCRIPTION
Removes an object from a drawn scene: the plan names it, the detector finds it, the segmenter outlines it, the outline grows into the mask
of a removal, and the mask is filled. Writes the output of each stage into the folder out/remove-chain: 1-found, 2-outline, 3-mask, 4-result,
and a comparison. Ends with an error if a stage produces nothing.

.EXAMPLE
./examples/remove-chain.ps1

.EXAMPLE
./examples/remove-chain.ps1 -Path photo.jpg -Instruction 'remove the dog' -Model stable-diffusion-v1-5 -Steps 50
#>
[CmdletBinding()]
param(
    # A picture of your own, and what to remove from it. Without them, a drawn scene.
    [string] $Path,
    [string] $Instruction,

    # Where the pictures go.
    [string] $OutputFolder = 'out/remove-chain',

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

function Export-Stage {
    <#
    .SYNOPSIS
    Writes the picture of a stage, and tells where.
    #>
    [CmdletBinding()]
    param($Edit, [string] $Name, [string] $Content)

    $Edit | Export-EditImage -Directory $OutputFolder -Name $Name -Content $Content -Force | ForEach-Object { "  $($_.FullName)" }
}

if ($Path) {
    $planned = Get-EditPlan $Path $Instruction
}
else {
    $scene = New-ToyScene -Seed $Seed -EditType Remove
    $planned = $scene | Get-EditPlan -Instruction $scene.Instruction -CaptionBefore $scene.SceneCaption
}

"plan: $($planned.Plan.EditType) '$($planned.Plan.Target)', then '$($planned.Plan.Caption)'"
$found = $planned | Find-Object @find
"found: $(@($found.Detections | ForEach-Object { '{0} ({1:0.00})' -f $_.Phrase, $_.Score }) -join ', ')"
Export-Stage -Edit $found -Name '1-found' -Content Detections
if (-not $found.Detections) {
    throw "'$($planned.Plan.Target)' was not found."
}

$outlined = $found | Get-SegmentMask @outline
'outlined'
Export-Stage -Edit $outlined -Name '2-outline' -Content Overlay
$shaped = $outlined | Edit-MaskForType -Model $Model
"mask for the edit: $($shaped.ShapedFor)"
Export-Stage -Edit $shaped -Name '3-mask' -Content Overlay
$done = $shaped | Invoke-Inpaint -Model $Model -Steps $Steps -Seed $Seed
"filled: seed $($done.Seed)"
Export-Stage -Edit $done -Name '4-result' -Content Result
Export-Stage -Edit $done -Name '5-all' -Content Comparison
if (-not $done.Result -or "$($done.Result.ToRgb())" -eq "$($done.Picture.ToRgb())") {
    throw 'The fill changed nothing.'
}
