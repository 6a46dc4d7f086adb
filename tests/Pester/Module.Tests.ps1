# The module as a user drives it. Runs in PowerShell 7.6 with Pester 5 or 6, after a build: Invoke-Pester tests/Pester
BeforeDiscovery {
    $manifest = Import-PowerShellDataFile (Join-Path $PSScriptRoot '../../BrushEdit.psd1')
    $cmdlets = $manifest.CmdletsToExport | ForEach-Object { @{ Name = $_ } }
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../BrushEdit.psd1') -Force
}

Describe 'The module' {
    It 'exports what its manifest lists' {
        $manifest = Import-PowerShellDataFile (Join-Path $PSScriptRoot '../../BrushEdit.psd1')
        (Get-Command -Module BrushEdit).Name | Sort-Object | Should -Be ($manifest.CmdletsToExport | Sort-Object)
    }

    It 'has a valid manifest' {
        Test-ModuleManifest (Join-Path $PSScriptRoot '../../BrushEdit.psd1') | Should -Not -BeNullOrEmpty
    }

    It 'imports in a fresh process in under a second, without libtorch' -Skip:(-not $IsLinux) {
        $module = Join-Path $PSScriptRoot '../../BrushEdit.psd1'
        $pwsh = (Get-Process -Id $PID).Path
        $seconds, $torch = & $pwsh -NoProfile -Command "
            `$clock = [System.Diagnostics.Stopwatch]::StartNew()
            Import-Module '$module'
            `$clock.Elapsed.TotalSeconds
            [bool](Get-Content /proc/self/maps | Select-String libtorch)"
        [double] $seconds | Should -BeLessThan 1
        $torch | Should -Be 'False'
    }
}

Describe 'Help of <Name>' -ForEach $cmdlets {
    It 'has a synopsis, a description and an example' {
        $help = Get-Help $Name -Full
        $help.Synopsis | Should -Not -BeNullOrEmpty
        $help.Description | Should -Not -BeNullOrEmpty
        $help.Examples.Example | Should -Not -BeNullOrEmpty
    }

    It 'describes every parameter' {
        $help = Get-Help $Name -Full
        $common = [System.Management.Automation.Cmdlet]::CommonParameters
        foreach ($parameter in (Get-Command $Name).Parameters.Keys | Where-Object { $_ -notin $common }) {
            $described = $help.parameters.parameter | Where-Object Name -EQ $parameter
            $described.description.Text | Should -Not -BeNullOrEmpty -Because "-$parameter of $Name must be described"
        }
    }
}
