# How the native libraries are found, and what is said where they are not. Each in a process of its own, since what is loaded stays.
BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestSupport.psm1') -Force
    $root = Split-Path (Get-ModuleManifest)
    $photo = Join-Path $root 'examples/pictures/scene.png'
    $natives = Join-Path $root "module/lib/runtimes/$(if ($IsWindows) { 'win-x64' } elseif ($IsMacOS) { 'osx-arm64' } else { 'linux-x64' })/native"
    $edit = "try { `$null = Invoke-ImageEdit '$photo' 'make it night' -Steps 1 -ErrorAction Stop } " +
        'catch { $_.FullyQualifiedErrorId; "$_"; $_.ErrorDetails.RecommendedAction }'
    $noRuntimes = Join-Path $TestDrive 'none'
}

Describe 'libtorch that cannot be loaded' {
    It 'tells what the system''s loader says, and writes nothing' -Skip:(-not $IsLinux) {
        $broken = (New-Item -ItemType Directory (Join-Path $TestDrive 'broken')).FullName
        Set-Content (Join-Path $broken 'libtorch_cpu.so') 'This is no library.'
        $before = (Get-ChildItem $root -Recurse -File | Measure-Object Length -Sum).Sum
        $shell = Invoke-Shell $edit -Environment @{ BRUSHEDIT_NATIVES = $broken }
        $shell.Lines[0] | Should -BeLike 'NoDevice,*'
        $shell.Lines[1] | Should -BeLike "*'$broken'*libtorch_cpu.so: *"
        $shell.Lines[2] | Should -BeLike '*BRUSHEDIT_NATIVES*'
        $shell.Errors | Should -BeNullOrEmpty
        (Get-ChildItem $root -Recurse -File | Measure-Object Length -Sum).Sum | Should -Be $before
        Get-ChildItem $broken | Should -HaveCount 1
    }

    It 'names the command that brings it where there is none' {
        # A copy of the module as a package has it: no libtorch.
        $copy = (New-Item -ItemType Directory (Join-Path $TestDrive 'BrushEdit')).FullName
        foreach ($part in 'BrushEdit.psd1', 'weights', 'en-US') {
            Copy-Item (Join-Path $root $part) $copy -Recurse
        }

        $lib = (New-Item -ItemType Directory (Join-Path $copy 'module/lib')).FullName
        Copy-Item (Join-Path $root 'module/*') (Join-Path $copy 'module') -Include '*.ps*'
        Copy-Item (Join-Path $root 'module/lib/*.dll') $lib
        $into = (New-Item -ItemType Directory ($natives.Replace($root, $copy))).FullName
        Get-ChildItem $natives | Where-Object Name -Match 'vips|LibTorchSharp' | Copy-Item -Destination $into
        $manifest = Join-Path $copy 'BrushEdit.psd1'
        $shell = Invoke-Shell $edit -Environment @{ BRUSHEDIT_RUNTIMES = $noRuntimes } -Module $manifest
        $shell.Lines[0] | Should -BeLike 'NoDevice,*'
        $shell.Lines[1] | Should -BeLike '*libtorch*not installed*'
        $shell.Lines[2] | Should -BeLike 'Run Install-EditRuntime*'
        $listed = Invoke-Shell 'Get-EditRuntime -WarningVariable said -WarningAction SilentlyContinue; "$said"' -Environment @{ BRUSHEDIT_RUNTIMES = $noRuntimes } -Module $manifest
        $listed.Lines | Should -HaveCount 1
        $listed.Lines[0] | Should -BeLike '*Install-EditRuntime*'
    }
}

Describe 'Install-EditRuntime' {
    It 'uses a libtorch where it is, and the next session computes with it' {
        $runtimes = Join-Path $TestDrive 'runtimes'
        $shell = Invoke-Shell @"
            `$made = Install-EditRuntime -Path '$natives'
            `$made.Origin, `$made.Use, `$made.Path
            `$night = Invoke-ImageEdit '$photo' 'make it night' -Steps 1
            (Get-EditRuntime)[0].Use
            (Get-EditRuntime).Origin -join ' '
"@ -Environment @{ BRUSHEDIT_RUNTIMES = $runtimes }
        $shell.Lines | Should -Be 'Installed', 'Next', $natives, 'Loaded', 'Installed Build'
        (Get-ChildItem $runtimes -Recurse -File | Measure-Object Length -Sum).Sum | Should -BeLessThan 10MB
    }

    It 'says what it would do with -WhatIf, and does not' {
        $shell = Invoke-Shell "Install-EditRuntime -Path '$natives' -WhatIf" -Environment @{ BRUSHEDIT_RUNTIMES = $noRuntimes }
        $shell.Output | Should -BeLike "*What if:*$natives*"
        $noRuntimes | Should -Not -Exist
    }

    It 'refuses a folder without libtorch, and a source that is none' {
        $shell = Invoke-Shell @"
            foreach (`$wrong in @{ Path = '$TestDrive' }, @{ Source = '/there/is/nothing' }) {
                try { Install-EditRuntime @wrong -ErrorAction Stop } catch { `$_.FullyQualifiedErrorId }
            }
"@ -Environment @{ BRUSHEDIT_RUNTIMES = $noRuntimes }
        $shell.Lines | Should -Be 'NotFound,BrushEdit.PowerShell.InstallEditRuntimeCommand', 'NotFound,BrushEdit.PowerShell.InstallEditRuntimeCommand'
    }
}

Describe 'A second copy of the module' {
    It 'is refused, with the place of the one that is loaded' {
        $copy = (New-Item -ItemType Directory (Join-Path $TestDrive 'second/BrushEdit/module/lib') -Force).FullName
        Copy-Item (Join-Path $root 'module/lib/*.dll') $copy
        Copy-Item (Join-Path $root 'module/*') (Split-Path $copy) -Include '*.ps*'
        Copy-Item (Join-Path $root 'BrushEdit.psd1') (Join-Path $TestDrive 'second/BrushEdit')
        $second = Join-Path $TestDrive 'second/BrushEdit/BrushEdit.psd1'
        $shell = Invoke-Shell @"
            try { Import-Module '$second' -ErrorAction Stop } catch { `$_.FullyQualifiedErrorId; "`$_" }
            (Get-Module BrushEdit).ModuleBase
            (New-ToyScene -Seed 1).Seed
"@
        $shell.Lines[0] | Should -BeLike 'SecondCopy*'
        $shell.Lines[1] | Should -BeLike "*from '$root'*'$(Split-Path $second)'*anew*"
        $shell.Lines[2] | Should -Be $root
        $shell.Lines[3] | Should -Be '1'
    }

    It 'loads again from the same place' {
        $shell = Invoke-Shell "Import-Module '$(Get-ModuleManifest)' -Force; (New-ToyScene -Seed 1).Seed"
        $shell.Lines | Should -Be '1'
        $shell.Errors | Should -BeNullOrEmpty
    }
}
