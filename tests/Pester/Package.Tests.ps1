# The module's package, from its making to its removal. Run alone with: tests/Pester/Invoke-Tests.ps1 tests/Pester/Package.Tests.ps1
BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestSupport.psm1') -Force
    $root = Split-Path (Get-ModuleManifest)
    $build = Invoke-Shell -File (Join-Path $root 'build.ps1') -ArgumentList '-Task', 'Package'
    $folder = Join-Path $root 'artifacts/BrushEdit'
    $package = Get-Item (Join-Path $root 'artifacts/BrushEdit.*.nupkg')
    $modules = (New-Item -ItemType Directory (Join-Path $TestDrive 'home/.local/share/powershell/Modules') -Force).FullName
    $environment = @{
        # Where PSResourceGet installs to and keeps its list of repositories, and nothing of this machine's user.
        HOME = Join-Path $TestDrive 'home'
        XDG_DATA_HOME = Join-Path $TestDrive 'home/.local/share'
        XDG_CONFIG_HOME = Join-Path $TestDrive 'home/.config'
        NUGET_PACKAGES = if ($env:NUGET_PACKAGES) { $env:NUGET_PACKAGES } else { Join-Path $HOME '.nuget/packages' }
        BRUSHEDIT_RUNTIMES = Join-Path $TestDrive 'runtimes'
    }
}

Describe 'The package' -Tag 'Package' -Skip:$IsWindows {
    It 'is made' {
        $build.Code | Should -Be 0 -Because $build.Output
        $package | Should -HaveCount 1
        $package.Length | Should -BeLessThan 200MB
    }

    It 'carries assemblies, help, examples, weights and every platform''s small natives, and no libtorch' {
        foreach ($part in 'BrushEdit.psd1', 'README.md', 'LICENSE', 'THIRD-PARTY-NOTICES.md', 'module/BrushEdit.psm1', 'module/lib/BrushEdit.PowerShell.dll',
            'module/lib/en-US/BrushEdit.PowerShell.dll-Help.xml', 'en-US/about_BrushEdit.help.txt', 'examples/first-edit.ps1', 'weights/toybox',
            'module/lib/runtimes/linux-x64/native/libvips.so.42', 'module/lib/runtimes/linux-x64/native/libLibTorchSharp.so',
            'module/lib/runtimes/win-x64/native/LibTorchSharp.dll', 'module/lib/runtimes/osx-arm64/native/libLibTorchSharp.dylib') {
            Join-Path $folder $part | Should -Exist
        }

        Get-ChildItem $folder -Recurse -File | Where-Object Name -CMatch '^(lib)?(torch|c10|gomp)' | Should -BeNullOrEmpty
    }

    It 'installs, asks for its runtime, does the main job in a fresh process, and is uninstalled' {
        $import = @"
            Register-PSResourceRepository -Name Local -Uri '$($package.DirectoryName)' -Trusted
            Install-PSResource BrushEdit -Repository Local -ErrorAction Stop
            (Get-InstalledPSResource BrushEdit).InstalledLocation
"@
        $installed = Invoke-Shell $import -Environment $environment -Bare
        $installed.Errors | Should -BeNullOrEmpty
        $installed.Lines[-1] | Should -BeLike "$modules*"

        # By name, as a user does; libtorch comes from NuGet's cache, where the build has put it.
        $out = Join-Path $TestDrive 'out'
        $job = Invoke-Shell @"
            Import-Module BrushEdit
            `$base = (Get-Module BrushEdit).ModuleBase
            `$base
            try { `$null = Invoke-ImageEdit "`$base/examples/pictures/scene.png" 'make it night' -Steps 1 -ErrorAction Stop } catch { `$_.ErrorDetails.RecommendedAction }
            (Install-EditRuntime).Packages.VerifiedBy
            `$null = & "`$base/examples/first-edit.ps1" -OutputFolder '$out' -Steps 2
            (Get-EditRuntime | Where-Object Use -EQ Loaded).Origin
            (Get-Help Install-EditRuntime).Synopsis
"@ -Environment $environment -Bare
        $job.Lines[0] | Should -BeLike "$modules*"
        $job.Lines[1] | Should -BeLike 'Run Install-EditRuntime*'
        $job.Lines[2..3] | Should -Be 'list', 'Installed'
        $job.Lines[4] | Should -BeLike 'Installs libtorch*'
        foreach ($file in 'removal-comparison.png', 'addition-comparison.png', 'report.html') {
            Join-Path $out $file | Should -Exist
        }

        $gone = Invoke-Shell 'Uninstall-PSResource BrushEdit; Get-Module -ListAvailable BrushEdit' -Environment $environment -Bare
        $gone.Lines | Should -BeNullOrEmpty
        Join-Path $modules 'BrushEdit/*' | Should -Not -Exist
    }
}
