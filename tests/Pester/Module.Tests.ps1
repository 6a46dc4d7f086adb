# The module as a user drives it: what it exports, how it loads, and its help.
BeforeDiscovery {
    $manifest = Import-PowerShellDataFile (Join-Path $PSScriptRoot '../../BrushEdit.psd1')
    $cmdlets = $manifest.CmdletsToExport | ForEach-Object { @{ Name = $_ } }
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../BrushEdit.psd1') -Force
    Import-Module (Join-Path $PSScriptRoot 'TestSupport.psm1') -Force
    $manifest = Import-PowerShellDataFile (Get-ModuleManifest)
}

Describe 'The module' {
    It 'exports what its manifest lists' {
        (Get-Command -Module BrushEdit).Name | Sort-Object | Should -Be ($manifest.CmdletsToExport | Sort-Object)
    }

    It 'exports every cmdlet of its assembly' {
        (Get-Module BrushEdit).NestedModules.ExportedCmdlets.Keys | Sort-Object | Should -Be ($manifest.CmdletsToExport | Sort-Object)
    }

    It 'has a valid manifest, and hides nothing behind wildcards' {
        Test-ModuleManifest (Get-ModuleManifest) | Should -Not -BeNullOrEmpty
        foreach ($list in 'CmdletsToExport', 'FunctionsToExport', 'VariablesToExport', 'AliasesToExport') {
            $manifest[$list] -like '*[*]*' | Should -BeNullOrEmpty
        }
    }

    It 'lives in a load context of its own' {
        [System.Runtime.Loader.AssemblyLoadContext]::GetLoadContext([BrushEdit.Loader.ModuleLoader]::GetCmdlets()).Name | Should -Be 'BrushEdit'
    }

    It 'is the same module after importing it again with -Force' {
        Import-Module (Get-ModuleManifest) -Force
        (Get-Command -Module BrushEdit).Name | Sort-Object | Should -Be ($manifest.CmdletsToExport | Sort-Object)
    }

    It 'imports in a fresh process without libtorch' -Skip:(-not $IsLinux) {
        $imported = Invoke-Shell "(Get-Module BrushEdit).Name; [bool] (Get-Content /proc/self/maps | Select-String libtorch)"
        $imported.Lines | Should -Be 'BrushEdit', 'False'
        $imported.Errors | Should -BeNullOrEmpty
    }

    It 'finds its native libraries through its load context' {
        $torch = Get-TorchType 'TorchSharp.torch'
        $before = $torch.GetMethod('get_num_threads').Invoke($null, $null)
        $torch.GetMethod('set_num_threads').Invoke($null, @(1))
        $torch.GetMethod('get_num_threads').Invoke($null, $null) | Should -Be 1
        $torch.GetMethod('set_num_threads').Invoke($null, @($before))
        $context = [System.Runtime.Loader.AssemblyLoadContext]::GetLoadContext([BrushEdit.Loader.ModuleLoader]::GetCmdlets())
        $vips = $context.LoadFromAssemblyName([System.Reflection.AssemblyName]::new('NetVips')).GetType('NetVips.NetVips')
        $vips.GetMethod('Version').Invoke($null, @(0, $false)) | Should -Be 8
    }
}

Describe '<Name>' -ForEach $cmdlets {
    It 'has an approved verb, a singular noun, and says what it gives' {
        $verb, $noun = $Name -split '-'
        (Get-Verb).Verb | Should -Contain $verb
        $noun | Should -Not -Match 's$'
        (Get-Command $Name).OutputType | Should -Not -BeNullOrEmpty
    }
}

Describe 'Help of <Name>' -ForEach $cmdlets {
    BeforeAll {
        $help = Get-Help $Name -Full
        $command = Get-Command $Name
    }

    It 'has a synopsis, a description and an example' {
        $help.Synopsis.Length | Should -BeGreaterThan 10
        $help.Synopsis | Should -Not -Match ([regex]::Escape("$Name ["))
        $help.Description | Should -Not -BeNullOrEmpty
        $help.Examples.Example | Should -Not -BeNullOrEmpty
    }

    It 'describes every parameter' {
        foreach ($parameter in $command.Parameters.Keys | Where-Object { $_ -notin [System.Management.Automation.Cmdlet]::CommonParameters }) {
            $described = $help.parameters.parameter | Where-Object Name -EQ $parameter
            $described.description.Text | Should -Not -BeNullOrEmpty -Because "-$parameter of $Name must be described"
        }
    }

    It 'lists every parameter set' {
        @($help.syntax.syntaxItem).Count | Should -Be $command.ParameterSets.Count
    }

    It 'has examples that parse and use parameters that exist' {
        $isShown = $false
        foreach ($example in $help.Examples.Example) {
            $errors = $null
            $script = [System.Management.Automation.Language.Parser]::ParseInput($example.code, [ref] $null, [ref] $errors)
            $errors | Should -BeNullOrEmpty -Because $example.code
            foreach ($call in $script.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true)) {
                $isShown = $isShown -or $call.GetCommandName() -eq $Name
                if ($call.GetCommandName() -in $manifest.CmdletsToExport) {
                    foreach ($parameter in $call.CommandElements | Where-Object { $_ -is [System.Management.Automation.Language.CommandParameterAst] }) {
                        # Throws where there is no such parameter, or where a shortened name is ambiguous.
                        (Get-Command $call.GetCommandName()).ResolveParameter($parameter.ParameterName) | Should -Not -BeNullOrEmpty
                    }
                }
            }
        }

        $isShown | Should -BeTrue -Because "an example of $Name must call it"
    }
}
