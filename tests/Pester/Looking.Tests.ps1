# Looking at edits: in the terminal and in a report.
BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../BrushEdit.psd1') -Force
    Import-Module (Join-Path $PSScriptRoot 'TestSupport.psm1') -Force
    $photo = Join-Path $TestDrive 'photo.png'
    New-ToyScene -Seed 3 -Width 64 -Height 48 | Export-EditImage -Path $photo
}

Describe 'Show-EditImage' {
    It 'gives nothing to the pipeline' {
        Show-EditImage $photo 6> $null | Should -BeNullOrEmpty
    }

    It 'passes edits on where it is told to' {
        (Import-EditImage $photo | Show-EditImage -PassThru 6> $null).Name | Should -Be 'photo.png'
    }

    It 'writes text and nothing else where output goes to a program, whatever the protocol' -ForEach 'Auto', 'Kitty', 'Sixel', 'HalfBlock' {
        $shown = Invoke-Shell "Show-EditImage '$photo' -Protocol $_"
        $shown.Lines | Should -Be 'photo.png: picture, 64 x 48'
        $shown.Errors | Should -BeNullOrEmpty
    }

    It 'writes text where plain text is asked for' {
        $before = $PSStyle.OutputRendering
        try {
            $PSStyle.OutputRendering = 'PlainText'
            (Show-EditImage $photo -Protocol HalfBlock 6>&1) -join '' | Should -Be 'photo.png: picture, 64 x 48'
        }
        finally {
            $PSStyle.OutputRendering = $before
        }
    }

    It 'draws half blocks on a terminal' -Skip:(-not $IsLinux -or -not (Get-Command script -CommandType Application -ErrorAction Ignore)) {
        $command = "Import-Module '$(Get-ModuleManifest)'; Show-EditImage '$photo' -Protocol HalfBlock -Width 16"
        $shell = (Get-ShellCommand | ForEach-Object { "'$_'" }) -join ' '
        $text = & script -qec "$shell -NoProfile -Command `"$command`"" /dev/null | Out-String
        ([regex]::Matches($text, [char] 0x2580)).Count | Should -Be (16 * 6)
        $text | Should -Match 'photo\.png: picture, 64 x 48'
    }

    It 'says which stage is missing' {
        $failed = $null
        Import-EditImage $photo | Show-EditImage -Content Mask -ErrorAction SilentlyContinue -ErrorVariable failed
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'MissingStage,*'
    }
}

Describe 'Export-EditReport' {
    BeforeEach {
        $page = Join-Path $TestDrive "$([guid]::NewGuid()).html"
    }

    It 'writes one page on all edits' {
        $file = Get-EditPlan $photo 'remove the <b>dog</b> & "cat"' -EditType Remove -Target 'dog' -Caption 'a lawn' | New-EditMask -Box 4, 5, 20, 10 | Export-EditReport $page -Title 'One & all'
        $file.FullName | Should -Be $page
        $text = Get-Content -LiteralPath $page -Raw
        $text | Should -Match '<title>One &amp; all</title>'
        $text | Should -Not -Match '<b>dog'
        $text | Should -Not -Match '(src|href)="(?!data:|#)'
    }

    It 'refuses what is there, and replaces it with -Force' {
        Import-EditImage $photo | Export-EditReport $page
        { Import-EditImage $photo | Export-EditReport $page } | Should -Throw '*exists already*'
        (Import-EditImage $photo | Export-EditReport $page -Force).FullName | Should -Be $page
    }

    It 'writes nothing with -WhatIf' {
        Import-EditImage $photo | Export-EditReport $page -WhatIf
        $page | Should -Not -Exist
    }

    It 'leaves nothing behind where the chain breaks' {
        { & { Import-EditImage $photo; throw 'broken' } | Export-EditReport $page } | Should -Throw 'broken'
        $page | Should -Not -Exist
        Get-ChildItem -LiteralPath $TestDrive -Filter *.tmp -Force | Should -BeNullOrEmpty
    }
}

Describe 'The views' {
    It 'shows an edit as a list with what decided it' {
        $text = Get-EditPlan $photo 'remove the dog' | New-EditMask -Box 4, 5, 20, 10 | Format-List | Out-String
        $text | Should -Match 'Instruction\s+: remove the dog'
        $text | Should -Match 'Mask\s+: 64 x 48 mask'
    }
}
