<#
.SYNOPSIS
Measures how long a session waits for its first fill.

.DESCRIPTION
Starts PowerShell anew for each measurement, and for several modules in turns: import, a picture with a mask, a fill of one step by the bundle (its
encoding and decoding included), and the same fill once more. Prints medians: seconds by the clock, of the processor, and methods compiled
meanwhile. What PowerShell itself needs to start is not counted.

.EXAMPLE
dotnet pwsh -NoProfile -File bench/start-up.ps1

.EXAMPLE
dotnet pwsh -NoProfile -Command './bench/start-up.ps1 -Module ./BrushEdit.psd1, ../before/BrushEdit.psd1'
#>
[CmdletBinding()]
param(
    # Manifests of the modules that are compared.
    [string[]] $Module = @([System.IO.Path]::Combine($PSScriptRoot, '..', 'BrushEdit.psd1')),

    # Sessions of each.
    [int] $Repeats = 5,

    # The pwsh.dll to measure in; by default the one this runs in.
    [string] $Shell = [System.IO.Path]::Combine($PSHOME, 'pwsh.dll'),

    # Set by the script itself: the one module that this session measures.
    [string] $Child
)

$ErrorActionPreference = 'Stop'
if ($Child) {
    $script:at = $null
    $parts = [ordered] @{}

    function Add-Part {
        <#
        .SYNOPSIS
        Takes down what has passed since the last call.
        #>
        [CmdletBinding()]
        param(
            [string] $Name
        )

        $now = @(
            [System.Diagnostics.Stopwatch]::GetTimestamp() / [System.Diagnostics.Stopwatch]::Frequency
            [System.Diagnostics.Process]::GetCurrentProcess().TotalProcessorTime.TotalSeconds
            [System.Runtime.JitInfo]::GetCompiledMethodCount($false)
        )
        if ($Name) {
            $parts[$Name] = @(0..2 | ForEach-Object { $now[$_] - $script:at[$_] })
        }

        $script:at = $now
    }

    $picture = [System.IO.Path]::Combine($PSScriptRoot, '..', 'examples', 'pictures', 'scene.png')
    $fill = @{ Caption = 'a red ball'; Steps = 1; Seed = 1; Model = 'toybox'; WarningAction = 'SilentlyContinue' }

    # Twice, so that what this measures with is compiled.
    Add-Part
    Add-Part 'nothing'
    Add-Part
    Import-Module $Child
    Add-Part 'import'
    $edit = Import-EditImage $picture | New-EditMask -Ellipse 20, 20, 30, 30
    Add-Part 'picture and mask'
    $null = $edit | Invoke-Inpaint @fill
    Add-Part 'first fill'
    $null = $edit | Invoke-Inpaint @fill
    Add-Part 'second fill'
    $parts.Remove('nothing')
    ConvertTo-Json -InputObject $parts -Compress
    return
}

$paths = @($Module | ForEach-Object { (Resolve-Path -LiteralPath $_).ProviderPath })
$seen = @{}
foreach ($repeat in 1..$Repeats) {
    foreach ($path in $paths) {
        $answer = & dotnet $Shell -NoLogo -NoProfile -File $PSCommandPath -Child $path
        if ($LASTEXITCODE -ne 0) {
            throw "A session with '$path' ended with exit code $LASTEXITCODE."
        }

        $seen[$path] = @($seen[$path]) + @($answer | ConvertFrom-Json -AsHashtable)
    }
}

'| module | part | s by the clock | s of the processor | methods compiled |'
'|---|---|---|---|---|'
foreach ($path in $paths) {
    $runs = @($seen[$path] | Where-Object { $_ })
    foreach ($part in 'import', 'picture and mask', 'first fill', 'second fill') {
        $medians = 0..2 | ForEach-Object {
            $column = $_
            $sorted = @($runs | ForEach-Object { $_[$part][$column] } | Sort-Object)
            ($sorted[[System.Math]::Floor(($sorted.Count - 1) / 2)] + $sorted[[System.Math]::Floor($sorted.Count / 2)]) / 2
        }
        '| {0} | {1} | {2:0.00} | {3:0.00} | {4:0} |' -f (Split-Path -Path (Split-Path -Path $path) -Leaf), $part, $medians[0], $medians[1], $medians[2]
    }
}
