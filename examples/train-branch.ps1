<#
.SYNOPSIS
Trains a BrushNet branch on a folder of pictures, stops halfway, resumes, and measures the result.

.DESCRIPTION
The folder is like a user's: pictures, with a caption in a text file beside each. Without -Path, the script draws scenes into one. Some of
the pictures are held out; the trained branch must fill them better than the untrained one by a margin that is stated in advance, or the
script ends with an error. Runs in PowerShell 7.6 after a build.

.EXAMPLE
./examples/train-branch.ps1

.EXAMPLE
./examples/train-branch.ps1 -Path photos -Model sd15 -Steps 20000 -LearningRate 1e-5 -OutputFolder out/branch
#>
[CmdletBinding()]
param(
    # Pictures with captions.
    [string] $Path,

    # The base model.
    [string] $Model = 'toybox',

    # Updates of the weights, in two halves.
    [int] $Steps = 24,

    # The learning rate: high, since the steps are few.
    [double] $LearningRate = 1e-3,

    # How much better the whole of the held-out pictures must be filled, dB.
    [double] $Margin = 0.5,

    # Where the run goes.
    [string] $OutputFolder = 'out/branch'
)
$ErrorActionPreference = 'Stop'
Import-Module (Join-Path $PSScriptRoot '../BrushEdit.psd1')
$OutputFolder = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($OutputFolder)
if (-not $Path) {
    $Path = (New-Item -ItemType Directory -Force -Path "$OutputFolder-pictures").FullName
    New-ToyScene -Seed 1 -Count 60 -Width 64 -Height 64 -MaxObjects 2 | ForEach-Object {
        $null = $_.Truth | Export-EditImage -Path "$Path/$($_.Seed).png" -Force
        Set-Content "$Path/$($_.Seed).txt" $_.Caption
    }
}

$run = @{ Data = $Path; OutputPath = $OutputFolder; Model = $Model; LearningRate = $LearningRate; AverageDecay = 0.9; ValidationSteps = 8 }
$half = Start-BrushNetTraining @run -Steps ([math]::Ceiling($Steps / 2)) -Force
"untrained: $($half.FirstScore)"
"stopped at step $($half.Steps): $($half.LastScore)"
$done = Start-BrushNetTraining @run -Steps $Steps -Resume
"trained, $($done.Steps) steps: $($done.LastScore)"
if ($done.LastScore.WholePsnr -lt $half.FirstScore.WholePsnr + $Margin) {
    throw "The branch does not fill held-out pictures $Margin dB better than an untrained one."
}

"$(($done.LastScore.WholePsnr - $half.FirstScore.WholePsnr).ToString('0.00', [cultureinfo]::InvariantCulture)) dB better; the branch is in $($done.Path)"
