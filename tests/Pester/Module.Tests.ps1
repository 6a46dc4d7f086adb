# The module as a user drives it.
BeforeDiscovery {
    $manifest = Import-PowerShellDataFile (Join-Path $PSScriptRoot '../../BrushEdit.psd1')
    $cmdlets = $manifest.CmdletsToExport | ForEach-Object { @{ Name = $_ } }
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../BrushEdit.psd1') -Force
    Import-Module (Join-Path $PSScriptRoot 'TestSupport.psm1') -Force
}

Describe 'The module' {
    It 'exports what its manifest lists' {
        $manifest = Import-PowerShellDataFile (Join-Path $PSScriptRoot '../../BrushEdit.psd1')
        (Get-Command -Module BrushEdit).Name | Sort-Object | Should -Be ($manifest.CmdletsToExport | Sort-Object)
    }

    It 'has a valid manifest' {
        Test-ModuleManifest (Join-Path $PSScriptRoot '../../BrushEdit.psd1') | Should -Not -BeNullOrEmpty
    }

    It 'imports in a fresh process without libtorch' -Skip:(-not $IsLinux) {
        $imported = Invoke-Shell "(Get-Module BrushEdit).Name; [bool] (Get-Content /proc/self/maps | Select-String libtorch)"
        $imported.Lines | Should -Be 'BrushEdit', 'False'
        $imported.Errors | Should -BeNullOrEmpty
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
