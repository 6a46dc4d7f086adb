<#
.SYNOPSIS
Edits a drawn scene with a base model of the published size, and tells seconds and peak memory.
.DESCRIPTION
The model has random weights, which are as fast as real ones: write it first with
dotnet run -c Release --project bench/BrushEdit.Bench -- folder --family sdxl --to <folder>/random-xl
.EXAMPLE
pwsh -File bench/full-size-edit.ps1 -Model <folder>/random-xl -Side 1024 -Steps 2
.EXAMPLE
pwsh -File bench/full-size-edit.ps1 -Model random-15 -Steps 4 -GuidanceScale 1 -Sampler LCM -Lora random-15/lcm-lora.safetensors -Vae random-15/taesd
#>
param(
    # The model's folder, its BrushNet within.
    [Parameter(Mandatory)]
    [string] $Model,

    # Pixels a side of the scene, which goes through the networks whole.
    [int] $Side = 512,

    [int] $Steps = 2,

    # 1 runs each step once, more runs it with and without the caption.
    [double] $GuidanceScale = 5,

    # The sampler: LCM goes with a distilled LoRA and a guidance of 1.
    [string] $Sampler = 'Euler',

    # LoRAs, as Invoke-Inpaint takes them.
    [string[]] $Lora,

    # An autoencoder in the place of the model's own.
    [string] $Vae,

    # single or bfloat16.
    [string] $Precision = 'single'
)

Import-Module (Join-Path $PSScriptRoot '../BrushEdit.psd1')
$scene = New-ToyScene -Seed 7 -Width $Side -Height $Side
$fill = @{ Model = $Model; Caption = 'a red ball on grass'; Sampler = $Sampler; Steps = $Steps; GuidanceScale = $GuidanceScale; Seed = 1; WholePicture = $true }
if ($Lora) { $fill.Lora = $Lora }
if ($Vae) { $fill.Vae = $Vae }
$clock = [System.Diagnostics.Stopwatch]::StartNew()
$stages = [System.Collections.Generic.List[object]]::new()
$edit = $scene | Invoke-Inpaint @fill -LowMemory -Device cpu -Precision $Precision -Verbose 4>&1 | ForEach-Object {
    if ($_ -is [System.Management.Automation.VerboseRecord]) { $stages.Add("$_") } else { $_ }
}

$self = [System.Diagnostics.Process]::GetCurrentProcess()
[pscustomobject] @{
    Model = $edit.Models -join '; '
    Side = $Side
    Steps = $Steps
    GuidanceScale = $GuidanceScale
    Precision = $Precision
    Seconds = [System.Math]::Round($clock.Elapsed.TotalSeconds, 1)
    ProcessorSeconds = [System.Math]::Round($self.TotalProcessorTime.TotalSeconds, 1)
    PeakMemoryGB = [System.Math]::Round($self.PeakWorkingSet64 / 1e9, 2)
    Kept = $edit.Result.Width -eq $Side
    Told = $stages -join ' '
}
