<#
.SYNOPSIS
Trains the networks of the engines that the bundle lacks, alike in steps and data, and compares all engines on the same scenes.

.DESCRIPTION
Trains a 9-channel U-Net (SDInpainting), a ControlNet (ControlNetInpaint) and an 8-channel U-Net (InstructPix2Pix), each from the bundle's base and
on the scenes that the bundle was trained on, and writes each to a folder of its engine's name. A run that was stopped continues from its
checkpoint, and one that is finished is not repeated. Then prints the table of all engines. The first two fill the same holes as BrushNet; the
third sees whole pictures of 128 x 128 before and after an edit, a quarter as many in a step, because each has four times the pixels.

.EXAMPLE
dotnet pwsh -NoProfile -File bench/engine-networks.ps1

.EXAMPLE
dotnet pwsh -NoProfile -File bench/engine-networks.ps1 -Steps 5000 -Precision single -SkipTable
#>
[CmdletBinding()]
param(
    # Training steps of each network.
    [ValidateRange(1, 1000000)]
    [int] $Steps = 700,

    # The networks to train.
    [ValidateSet('SDInpainting', 'ControlNetInpaint', 'InstructPix2Pix')]
    [string[]] $Engine = @('SDInpainting', 'ControlNetInpaint', 'InstructPix2Pix'),

    # bfloat16 halves the time on processors that have its instructions.
    [ValidateSet('single', 'bfloat16')]
    [string] $Precision = 'bfloat16',

    # The bundle whose base is used.
    [string] $Bundle = [System.IO.Path]::Combine($PSScriptRoot, '..', 'weights', 'toybox'),

    # Where networks and checkpoints are kept.
    [string] $Networks = [System.IO.Path]::Combine($PSScriptRoot, '..', 'artifacts', 'engines'),

    # Edits of each kind in the table.
    [ValidateRange(1, 10000)]
    [int] $Count = 4,

    # A page with the results beside the truth; none by default.
    [string] $Page,

    # Trains only.
    [switch] $SkipTable
)

$ErrorActionPreference = 'Stop'
$root = [System.IO.Path]::Combine($PSScriptRoot, '..')

function Invoke-Project {
    <#
    .SYNOPSIS
    Runs one of the repository's programs and fails if it does.
    #>
    [CmdletBinding()]
    param(
        [string] $Project,
        [string[]] $Arguments
    )

    & dotnet run -c Release --project (Join-Path -Path $root -ChildPath $Project) -- @Arguments
    if ($LASTEXITCODE -ne 0) {
        throw "$Project $($Arguments[0..1] -join ' ') ended with exit code $LASTEXITCODE."
    }
}

foreach ($one in $Engine) {
    $written = [System.IO.Path]::Combine($Networks, $one, $(if ($one -eq 'ControlNetInpaint') { 'config.json' } else { 'model_index.json' }))
    if (Test-Path -LiteralPath $written) {
        Write-Verbose "$one is trained already: '$written'."
        continue
    }

    Invoke-Project -Project 'src/BrushEdit.Toybox' -Arguments @(
        '--phase', 'engine', '--engine', $one, '--engine-steps', $Steps, '--out', $Bundle, '--engines', $Networks,
        '--checkpoints', (Join-Path -Path $Networks -ChildPath 'checkpoints'), '--batch', 16, '--side-by-side', 2, '--precision', $Precision, '--learning-rate', 0.0005
    )
}

if (-not $SkipTable) {
    $options = @(
        'engines', '--engines', 'BrushNet,SDInpainting,ControlNetInpaint,BlendedLatent,SDEdit,InstructPix2Pix,DdimP2P,NullTextP2P,DirectP2P',
        '--networks', $Networks, '--model', $Bundle, '--count', $Count, '--steps', 20, '--rows', 1
    )
    Invoke-Project -Project 'bench/BrushEdit.Bench' -Arguments ($options + @(if ($Page) { '--page', $Page }))
}
