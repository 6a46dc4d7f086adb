# Install-EditModel without a network: what it says, refuses and completes.
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

Describe 'The about topics' {
    It 'finds <_>' -ForEach 'about_BrushEdit', 'about_EditModels', 'about_EditMasks', 'about_EditPipelines' {
        "$(Get-Help $_)" | Should -BeLike '*SHORT DESCRIPTION*'
    }
}
