# Install-EditModel: without a network, what it says, refuses and completes; with a hub on this machine, what it does.
BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../BrushEdit.psd1') -Force
    $endpoint = $env:HF_ENDPOINT
    $offline = $env:HF_HUB_OFFLINE
    $env:HF_HUB_OFFLINE = $null

    # Nobody listens there.
    $env:HF_ENDPOINT = 'http://127.0.0.1:9'
}

AfterAll {
    $env:HF_ENDPOINT = $endpoint
    $env:HF_HUB_OFFLINE = $offline
}

Describe 'Install-EditModel' {
    It 'tells sizes and licences with -WhatIf, and makes no folder' {
        $root = Join-Path $TestDrive 'whatif'
        Install-EditModel * -Destination $root -WhatIf | Should -BeNullOrEmpty
        $root | Should -Not -Exist
    }

    It 'completes the names' {
        $line = 'Install-EditModel sam'
        $matched = (TabExpansion2 $line $line.Length).CompletionMatches
        $matched.CompletionText | Should -Be 'sam-vit-base', 'sam-vit-large', 'sam-vit-huge'
        $matched[0].ToolTip | Should -BeLike '*375 MB*Apache-2.0*'
    }

    It 'names the models there are where a name is none' {
        $failed = $null
        Install-EditModel sdxl -Destination $TestDrive -ErrorAction SilentlyContinue -ErrorVariable failed | Should -BeNullOrEmpty
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'BadArgument,*'
        $failed[0].ErrorDetails.RecommendedAction | Should -BeLike '*sd15*'
    }

    It 'stays offline where it must' {
        $env:HF_HUB_OFFLINE = '1'
        try {
            $failed = $null
            Install-EditModel sam-vit-base -Destination $TestDrive -ErrorAction SilentlyContinue -ErrorVariable failed | Should -BeNullOrEmpty
            "$($failed[0])" | Should -BeLike '*HF_HUB_OFFLINE*'
        }
        finally {
            $env:HF_HUB_OFFLINE = $null
        }
    }

    It 'leaves what is not its own alone' {
        $mine = New-Item -ItemType Directory (Join-Path $TestDrive 'models/sam-vit-base')
        $failed = $null
        Install-EditModel sam-vit-base -Destination (Join-Path $TestDrive 'models') -ErrorAction SilentlyContinue -ErrorVariable failed | Should -BeNullOrEmpty
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'CannotWrite,*'
        $mine.FullName | Should -Exist
    }
}

# Against a hub on this machine; SAM's small parity case stands for the large checkpoints.
Describe 'Install-EditModel, from a hub' {
    BeforeAll {
        Import-Module (Join-Path $PSScriptRoot 'TestSupport.psm1') -Force
        Import-TestAssembly
        $source = Join-Path $PSScriptRoot '../fixtures/parity/sam' -Resolve
    }

    BeforeEach {
        $root = (New-Item -ItemType Directory (Join-Path $TestDrive ([guid]::NewGuid()))).FullName
        $files = [System.Collections.Generic.Dictionary[string, byte[]]]::new()
        $files['config.json'] = [System.IO.File]::ReadAllBytes("$source/config.json")
        $files['preprocessor_config.json'] = [System.Text.Encoding]::UTF8.GetBytes('{}')
        $files['model.safetensors'] = [System.IO.File]::ReadAllBytes("$source/model.safetensors")
        $hub = [BrushEdit.Tests.Installing.HubServer]::new($files, $null)
        $env:HF_ENDPOINT = $hub.Root.AbsoluteUri
    }

    AfterEach {
        $hub.Dispose()
        $env:HF_ENDPOINT = 'http://127.0.0.1:9'
    }

    It 'installs a model and gives it' {
        $run = Invoke-Watched "Install-EditModel sam-vit-large -Destination '$root' -Force"
        $run.Errors | Should -BeNullOrEmpty
        $run.Output.Count | Should -Be 1
        $run.Output[0].PSObject.TypeNames[0] | Should -Be 'BrushEdit.PowerShell.EditModel'
        $run.Output[0].Name | Should -Be 'sam-vit-large'
        $run.Output[0].Kind | Should -Be 'Sam'
        "$root/sam-vit-large/model.safetensors" | Should -Exist
        $run.Progress.Activity | Should -Contain 'Installing sam-vit-large'
        $run.Progress[-1].RecordType | Should -Be 'Completed'

        # Again: it is there, and nobody is asked.
        $asked = $hub.Calls.Count
        @('sam-vit-large' | Install-EditModel -Destination $root).Count | Should -Be 1
        $hub.Calls.Count | Should -Be $asked
    }

    It 'asks about a large one, and tells of -Force where nobody is there' {
        $shown = Invoke-Shell -Environment @{ HF_ENDPOINT = $hub.Root.AbsoluteUri } "
            Install-EditModel sam-vit-large -Destination '$root' -ErrorAction SilentlyContinue
            `$Error[0].FullyQualifiedErrorId
            `"`$(`$Error[0])`"
            `$Error[0].ErrorDetails.RecommendedAction"
        $shown.Output | Should -BeLike '*BadArgument,*'
        "$($shown.Lines)" | Should -BeLike '*1.25 GB*Apache-2.0*-Force*'
        $hub.Calls | Should -BeNullOrEmpty
        @(Install-EditModel sam-vit-large -Destination $root -Confirm:$false).Count | Should -Be 1
    }

    It 'installs the others where one fails' {
        # The list knows another length and hash for the first; the third is no name.
        $done = Get-Outcome { Install-EditModel sam-vit-base, sam-vit-large, sdxl, sam-vit-huge -Destination $root -Force }
        $done.Output.Name | Should -Be 'sam-vit-large', 'sam-vit-huge'
        $done.Errors.FullyQualifiedErrorId -replace ',.*' | Should -Be 'BadDownload', 'BadArgument'
        $done.Errors[1].ErrorDetails.RecommendedAction | Should -Match 'sam-vit-huge'
    }

    It 'installs all that a wildcard matches' {
        (Install-EditModel SAM-vit-[lh]* -Destination $root -Force).Name | Should -Be 'sam-vit-large', 'sam-vit-huge'
        (Get-OnlyError { Install-EditModel sam-vit-x* -Destination $root }).FullyQualifiedErrorId | Should -BeLike 'BadArgument,*'
    }

    It 'keeps the part after Ctrl+C, and the next run goes on' {
        $hub.HangAfter('model.safetensors', 300000)
        $run = Invoke-Watched "Install-EditModel sam-vit-large -Destination '$root' -Force" -StopWhen {
            (Get-ChildItem $root -Recurse -Force -Filter *.part | Measure-Object Length -Sum).Sum -ge 300000
        }
        $run.State | Should -Be 'Stopped'
        @(Get-ChildItem $root -Recurse -Force -Filter *.part).Count | Should -Be 1
        "$root/sam-vit-large" | Should -Not -Exist
        $hub.Instead = $null
        @(Install-EditModel sam-vit-large -Destination $root -Force).Count | Should -Be 1
        @($hub.CallsFor('model.safetensors'))[-1].From | Should -Be 300000
    }

    It 'mends a spoilt file with -Verify' {
        $null = Install-EditModel sam-vit-large -Destination $root -Force
        $file = "$root/sam-vit-large/model.safetensors"
        $right = (Get-FileHash $file).Hash
        $bytes = [System.IO.File]::ReadAllBytes($file)
        $bytes[-1] = $bytes[-1] -bxor 255
        [System.IO.File]::WriteAllBytes($file, $bytes)
        $null = Install-EditModel sam-vit-large -Destination $root -Verify -Force
        (Get-FileHash $file).Hash | Should -Be $right
    }

    It 'reports <Id> for <Code>' -ForEach @(
        @{ Id = 'CannotWrite'; Code = { Install-EditModel sam-vit-large -Destination $root/file } }
        @{ Id = 'NotFound'; Code = { Install-EditModel sam-vit-large -Destination env:PATH } }
    ) {
        $null = New-Item $root/file
        (Get-OnlyError $Code).FullyQualifiedErrorId | Should -BeLike "$Id,*"
    }

    It 'completes names with sizes and licences' {
        $line = 'Install-EditModel grounding'
        $models = (TabExpansion2 $line $line.Length).CompletionMatches
        $models.CompletionText | Should -Be 'grounding-dino-tiny', 'grounding-dino-base'
        $models[0].ToolTip | Should -Match '690 MB, Apache-2\.0'
    }

    # As a user does it, in a process of its own: told first, then installed, then listed by name.
    It 'tells size and licence with -WhatIf and goes nowhere, and what is installed is listed' {
        $shown = Invoke-Shell -Environment @{ HF_ENDPOINT = $hub.Root.AbsoluteUri; BRUSHEDIT_MODELS = $root } "
            Install-EditModel sam-vit-large, sd15 -WhatIf
            `"before: `$((Get-EditModel sam* -ErrorAction Ignore).Name):`"
            Install-EditModel sam-vit-large -Force | ForEach-Object { `"installed `$(`$_.Name)`" }
            `"there: `$((Get-EditModel sam*).Name)`""
        $shown.Code | Should -Be 0
        $told = $shown.Lines -join ' '
        $told | Should -BeLike '*about 1.25 GB*'
        $told | Should -BeLike '*4.27 GB*'
        $told | Should -BeLike '*CreativeML OpenRAIL-M*'
        $shown.Lines | Should -Contain 'before: :'
        $shown.Lines | Should -Contain 'installed sam-vit-large'
        $shown.Lines | Should -Contain 'there: sam-vit-large'
        @($hub.Calls.Path) -notlike '*sam-vit-large*' | Should -BeNullOrEmpty
    }
}
