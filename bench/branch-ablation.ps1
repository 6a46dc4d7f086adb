# The ablation of the branch on drawn scenes: the same base, data and steps for every variant, three seeds each.
#
#   pwsh -File bench/branch-ablation.ps1 -OutputPath out/ablation [-Steps 150] [-Seed 1, 2, 3] [-Name full, half, controlnet]
#
# Runs that are finished are not run again, and one that was stopped goes on, so that it can be called until all are there. The last thing it
# writes is the table.
param(
    [Parameter(Mandatory)] [string] $OutputPath,
    [int] $Steps = 150,
    [int] $Scenes = 1500,
    [int[]] $Seed = @(1, 2, 3),
    [string[]] $Name = @('full', 'half', 'controlnet', 'controlnet-attention'),
    [datetime] $Until = [datetime]::MaxValue,
    [string] $Module = (Join-Path $PSScriptRoot '../BrushEdit.psd1')
)
$ErrorActionPreference = 'Stop'
Import-Module $Module
$variants = @(
    @{ Name = 'full'; With = @{ Variant = 'Full' } }
    @{ Name = 'half'; With = @{ Variant = 'Half' } }
    @{ Name = 'controlnet'; With = @{ Variant = 'ControlNet' } }
    @{ Name = 'controlnet-attention'; With = @{ Variant = 'ControlNet'; Attention = $true } }
) | Where-Object Name -In $Name

# Clean grounds where a thing was, and new things: what removals and additions look like.
$data = @(New-ToyScene -Seed 500000 -Count ($Scenes / 2) -Width 64 -Height 64 -MaxObjects 3 -EditType Remove) +
    @(New-ToyScene -Seed 700000 -Count ($Scenes / 2) -Width 64 -Height 64 -MaxObjects 2 -EditType Addition)
foreach ($one in $Seed) {
    foreach ($variant in $variants) {
        $folder = Join-Path $OutputPath "$($variant.Name)-$one"
        if ((Test-Path (Join-Path $folder 'config.json')) -or (Get-Date) -gt $Until) { continue }
        $with = $variant.With
        $result = $data | Start-BrushNetTraining -OutputPath $folder -Model toybox -Steps $Steps -Seed $one -Resume @with -BatchSize 4 `
            -LearningRate 1e-3 -LearningRateCourse Cosine -WarmupSteps 10 -AverageDecay 0.95 -ValidationCount 12 -ValidationSteps 12 `
            -ReportEvery 50 -CheckpointEvery 50 -KeepCheckpoints 1
        "$(Get-Date -Format HH:mm:ss) $($variant.Name), seed $one`: $($result.LastScore)"
    }
}

function Get-Value([string] $Run, [int] $One, [string] $Key, [int] $Step) {
    Get-Content (Join-Path $OutputPath "$Run-$One/metrics.jsonl") | ConvertFrom-Json | Where-Object { $null -ne $_.$Key -and $_.step -eq $Step } | Select-Object -Last 1 -ExpandProperty $Key
}

function Format-Spread([double[]] $Values) {
    $mean = ($Values | Measure-Object -Average).Average
    $spread = if ($Values.Count -gt 1) { [math]::Sqrt(($Values | ForEach-Object { [math]::Pow($_ - $mean, 2) } | Measure-Object -Sum).Sum / ($Values.Count - 1)) } else { [double]::NaN }
    '{0:f2} +- {1:f2}' -f $mean, $spread
}

"| variant | seeds | hole, dB | whole picture, dB | kept, dB |`n|---|---|---|---|---|"
foreach ($variant in $variants) {
    $done = @($Seed | Where-Object { Test-Path (Join-Path $OutputPath "$($variant.Name)-$_/config.json") })
    if ($done.Count -eq 0) { continue }
    $cells = foreach ($key in 'hole_psnr', 'whole_psnr', 'kept_psnr') { Format-Spread ($done | ForEach-Object { Get-Value $variant.Name $_ $key $Steps }) }
    "| $($variant.Name) | $($done.Count) | $($cells -join ' | ') |"
}

$at = @(0, 50, 100, $Steps) | Sort-Object -Unique
"`n| mean absolute weight at step | $($at -join ' | ') |`n|---|$('---|' * $at.Count)"
foreach ($variant in $variants) {
    $done = @($Seed | Where-Object { Test-Path (Join-Path $OutputPath "$($variant.Name)-$_/config.json") })
    if ($done.Count -eq 0) { continue }
    $cells = foreach ($step in $at) { '{0:f5}' -f ($done | ForEach-Object { Get-Value $variant.Name $_ 'zero_convolution_weight' $step } | Measure-Object -Average).Average }
    "| $($variant.Name) | $($cells -join ' | ') |"
}
