<#
.SYNOPSIS
Finds objects in pictures by their names, and draws labelled boxes around them.

.DESCRIPTION
Draws scenes and searches for each of their objects by colour and kind. Writes the pictures with boxes, phrases and scores into the folder
out/find-objects. Since the scenes know where their objects are, the script counts the right boxes (IoU of at least 0.5) and ends with an
error if their share is below the requested one.

.EXAMPLE
./examples/find-objects.ps1

.EXAMPLE
./examples/find-objects.ps1 -Count 20 -Detector D:/models/grounding-dino-tiny -LeastShare 0
#>
[CmdletBinding()]
param(
    # Where the pictures go.
    [string] $OutputFolder = 'out/find-objects',

    # How many scenes, and the seed of the first.
    [int] $Count = 4,
    [long] $Seed = 7,

    # The detector: a name or a path. Without it, the first one found.
    [string] $Detector,

    # The share of objects that must be found for the script to end well.
    [double] $LeastShare = 0.7
)

$ErrorActionPreference = 'Stop'
if (-not (Get-Command Find-Object -ErrorAction Ignore)) {
    Import-Module ([System.IO.Path]::Combine($PSScriptRoot, '..', 'BrushEdit.psd1'))
}

function Get-Overlap {
    <#
    .SYNOPSIS
    Intersection over union of two boxes.
    #>
    [CmdletBinding()]
    param($A, $B)

    $width = [System.Math]::Min($A.X + $A.Width, $B.X + $B.Width) - [System.Math]::Max($A.X, $B.X)
    $height = [System.Math]::Min($A.Y + $A.Height, $B.Y + $B.Height) - [System.Math]::Max($A.Y, $B.Y)
    if ($width -le 0 -or $height -le 0) { return 0 }
    $width * $height / ($A.Width * $A.Height + $B.Width * $B.Height - $width * $height)
}

$find = if ($Detector) { @{ Model = $Detector } } else { @{} }
$OutputFolder = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($OutputFolder)
$right = 0
$asked = 0
foreach ($scene in New-ToyScene -Seed $Seed -Count $Count -Split HeldOutSeeds) {
    $phrases = @($scene.Objects | ForEach-Object { "$($_.Color) $($_.Kind)" })
    $found = Find-Object -Picture $scene.Picture -Text $phrases @find
    "scene $($scene.Seed): $($scene.SceneCaption)"
    foreach ($object in $scene.Objects) {
        $asked++
        $name = "$($object.Color) $($object.Kind)"
        $best = @($found.Detections | Where-Object { $_.Query -eq $name })[0]
        $overlap = if ($best) { Get-Overlap -A $best.Box -B $object.VisibleBox } else { 0 }
        if ($overlap -ge 0.5) { $right++ }
        "  ${name}: $(if ($best) { 'score {0:0.00}, IoU {1:0.00}' -f $best.Score, $overlap } else { 'not found' })"
    }

    $found | Export-EditImage -Directory $OutputFolder -Name "scene-$($scene.Seed)" -Content Detections -Force | ForEach-Object { "  $($_.FullName)" }
}

"$right of $asked found"
if ($right -lt $LeastShare * $asked) {
    throw "$right of $asked objects were found; at least $($LeastShare * 100) % were asked for."
}
