# The list that bench/gpu/run.sh runs where there is a GPU, tried on the processor with the bundle.
BeforeAll {
    $root = (Resolve-Path (Join-Path $PSScriptRoot '../..')).ProviderPath
    $native = Join-Path $root 'module/lib/runtimes/linux-x64/native'
    $bench = Join-Path $root 'bench/BrushEdit.Bench/bin/Release/net10.0/BrushEdit.Bench'
    if ($IsLinux -and -not (Test-Path $bench)) {
        & dotnet build (Join-Path $root 'bench/BrushEdit.Bench') -c Release | Out-Host
    }

    function Invoke-List([string] $Libraries, [string[]] $Arguments) {
        # Runs the list in the test's own folder.
        Push-Location $TestDrive
        $before = $env:LD_LIBRARY_PATH, $env:BRUSHEDIT_BENCH
        try {
            $env:LD_LIBRARY_PATH = $Libraries
            $env:BRUSHEDIT_BENCH = $bench
            & sh (Join-Path $root 'bench/gpu/run.sh') @Arguments 2>&1
        }
        finally {
            $env:LD_LIBRARY_PATH, $env:BRUSHEDIT_BENCH = $before
            Pop-Location
        }
    }
}

Describe 'The list for a GPU' -Skip:(-not $IsLinux) {
    It 'runs on the processor with the bundle, and writes its table' {
        $told = Invoke-List $native '--device', 'cpu', '--tiny', '--model', (Join-Path $root 'weights/toybox'), '--steps', '3', '--timed', '1'
        $LASTEXITCODE | Should -Be 0 -Because "$told"
        $rows = Get-Content (Join-Path $TestDrive 'gpu.md') | Where-Object { $_ -match '^\| [^|]+ \| [\d.]+ \| - \| - \|$' }
        $rows | Should -HaveCount 8
        foreach ($row in $rows) {
            [double] ($row -split ' \| ')[1] | Should -BeGreaterThan 0
        }
        foreach ($pictures in 1, 4, 8) {
            @($rows -match "branch and U-Net, $pictures picture") | Should -HaveCount 1
            @($rows -match "U-Net alone, $pictures picture") | Should -HaveCount 1
        }
    }

    It 'compares with what the reference was measured at' {
        Set-Content (Join-Path $TestDrive 'measured.json') '{ "guided step, U-Net alone, 4 picture(s), ms": 1e9 }'
        $told = Invoke-List $native '--device', 'cpu', '--tiny', '--model', (Join-Path $root 'weights/toybox'), '--steps', '2', '--timed', '1', '--reference', 'measured.json'
        $LASTEXITCODE | Should -Be 0 -Because "$told"
        @(Get-Content (Join-Path $TestDrive 'gpu.md')) -match 'U-Net alone, 4 picture.* \| 1000000000.00 \| 0.00 \|$' | Should -HaveCount 1
    }
}
