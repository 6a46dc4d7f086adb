<#
.SYNOPSIS
Runs several edits of one picture one after the other, and undoes the last.

.DESCRIPTION
Removes an object from a shipped picture, recolours another one, and makes it night: each round edits the result of the previous one and has
its own plan, mask and seed. The last round is then undone. Writes every round into the folder out/rounds. Ends with an error if a round is
missing or undoing does not give the previous round.

.EXAMPLE
./examples/rounds.ps1

.EXAMPLE
./examples/rounds.ps1 -Instruction 'add a red star in the middle', 'make it dusk' -Steps 50
#>
[CmdletBinding()]
param(
    # Where the pictures go.
    [string] $OutputFolder = 'out/rounds',

    # What is done, in this order.
    [string[]] $Instruction = @('remove the orange heart', 'make the pink ball green', 'make it night'),

    # What the picture shows: each round's caption tells it on.
    [string] $CaptionBefore = 'a blue tree, a pink ball and an orange heart on sand by day',

    # The first round's seed.
    [long] $Seed = 2,

    # Sampling steps.
    [int] $Steps = 20,

    # The base model: a name or a path.
    [string] $Model = 'toybox'
)

$ErrorActionPreference = 'Stop'
if (-not (Get-Command Invoke-ImageEdit -ErrorAction Ignore)) {
    Import-Module ([System.IO.Path]::Combine($PSScriptRoot, '..', 'BrushEdit.psd1'))
}

$OutputFolder = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($OutputFolder)
$scene = [System.IO.Path]::Combine($PSScriptRoot, 'pictures', 'scene.png')
$edit = Invoke-ImageEdit -LiteralPath $scene -Instruction $Instruction -CaptionBefore $CaptionBefore -Model $Model -Steps $Steps -Seed $Seed
$number = 0
foreach ($round in $edit.Rounds) {
    $number++
    "round ${number}: $($round.Plan.Instruction): $($round.Plan.EditType), '$($round.Plan.Caption)', seed $($round.Seed)"
    $round | Export-EditImage -Directory $OutputFolder -Name "round-$number" -Content Result, Comparison -Force | ForEach-Object { "  $($_.FullName)" }
}

if ($number -ne $Instruction.Count) {
    throw "There are $number rounds for $($Instruction.Count) instructions."
}

if ($Instruction.Count -gt 1) {
    $back = $edit.Undo()
    "undone: '$($edit.Plan.Instruction)'; the picture is again the one after '$($back.Plan.Instruction)'"
    if ("$($back.Result.ToRgb())" -ne "$($edit.Rounds[-2].Result.ToRgb())") {
        throw 'The step back is not the round before.'
    }
}
