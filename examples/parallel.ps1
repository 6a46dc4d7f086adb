<#
.SYNOPSIS
Edits a folder with several processes at once, one for each GPU, through ForEach-Object -Parallel.

.DESCRIPTION
Within one process the networks run one after another on one thread, in whichever runspace: a second edit at the same time would need twice
the memory without being faster. Each runspace of -Parallel therefore starts a separate process, which handles one part of the files
(examples/batch-folder.ps1 -Shard i/n) on one device. All processes write to one folder; a second run resumes the parts.

Runs in PowerShell 7.6 after a build.

.EXAMPLE
./examples/parallel.ps1

.EXAMPLE
./examples/parallel.ps1 -Path 'photos/*.jpg' -Instruction 'remove the dog' -OutputFolder out/photos -Device cuda:0, cuda:1, cuda:2, cuda:3
#>
[CmdletBinding()]
param(
    # The pictures; wildcards are allowed. Without it scenes are drawn.
    [string] $Path,

    # What is to be done to each of them.
    [string] $Instruction = 'add a red ball on the left',

    # Where the results go.
    [string] $OutputFolder = 'out/parallel',

    # A device for each process.
    [string[]] $Device = @('cpu', 'cpu'),

    # How many scenes are drawn where no pictures are given.
    [int] $Scenes = 6,

    # Sampling steps.
    [int] $Steps = 20,

    # The model: a name or a path.
    [string] $Model = 'toybox'
)

$ErrorActionPreference = 'Stop'
if (-not (Get-Command New-ToyScene -ErrorAction Ignore)) {
    Import-Module ([System.IO.Path]::Combine($PSScriptRoot, '..', 'BrushEdit.psd1'))
}

$OutputFolder = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($OutputFolder)
if (-not $Path) {
    # Drawn here, and not by several processes at once.
    foreach ($seed in 1..$Scenes) {
        $file = [System.IO.Path]::Combine($OutputFolder, 'scenes', "scene-$seed.png")
        if (-not [System.IO.File]::Exists($file)) {
            $null = (New-ToyScene -Seed $seed).Picture | Export-EditImage -Path $file
        }
    }
    $Path = [System.IO.Path]::Combine($OutputFolder, 'scenes', '*.png')
}

# The program this runs in: pwsh, or dotnet where PowerShell is one of its tools.
$program = [System.Environment]::ProcessPath
$first = @(if ([System.IO.Path]::GetFileNameWithoutExtension($program) -eq 'dotnet') { [System.IO.Path]::Combine($PSHOME, 'pwsh.dll') })
$script = [System.IO.Path]::Combine($PSScriptRoot, 'batch-folder.ps1')
$parts = $Device.Count
$env:OMP_NUM_THREADS = if ($env:OMP_NUM_THREADS) { $env:OMP_NUM_THREADS } else { "$([System.Math]::Max(1, [System.Math]::Floor([System.Environment]::ProcessorCount / $parts)))" }

$failed = $false
1..$parts | ForEach-Object -ThrottleLimit $parts -Parallel {
    # In quotes, since PowerShell makes names of a pattern that stands bare before another program.
    $device = ($using:Device)[$_ - 1]
    $first = [string[]] $using:first
    & $using:program @first -NoProfile -File "$using:script" -Path "$using:Path" -Instruction "$using:Instruction" -OutputFolder "$using:OutputFolder" -Steps "$using:Steps" `
        -Model "$using:Model" -Shard "$_/$using:parts" -Device "$device"
    if ($LASTEXITCODE -ne 0) {
        "part $_ ended with exit code $LASTEXITCODE"
    }
} | ForEach-Object {
    $_
    $failed = $failed -or "$_" -match '^part \d+ ended with exit code'
}

if ($failed) {
    exit 1
}
