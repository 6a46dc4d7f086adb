# Looking at edits: in the terminal and in a report.
BeforeDiscovery {
    # 'script' makes a terminal.
    $hasTerminal = $IsLinux -and (Get-Command script -CommandType Application -ErrorAction Ignore)
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../BrushEdit.psd1') -Force
    Import-Module (Join-Path $PSScriptRoot 'TestSupport.psm1') -Force
    $photo = Join-Path $TestDrive 'photo.png'
    New-ToyScene -Seed 3 -Width 64 -Height 48 | Export-EditImage -Path $photo
    $folder = (New-Item -ItemType Directory (Join-Path $TestDrive 'looking')).FullName
    New-ToyScene -Seed 3 -Width 64 -Height 48 | Export-EditImage -Path $folder/one.png

    function Get-TerminalText([string] $Command, [hashtable] $Variable, [string] $Answer) {
        # What a terminal gets from commands in a PowerShell of its own. With an answer, the terminal gives it to the question what it can draw.
        $shell = (Get-ShellCommand | ForEach-Object { "'$_'" }) -join ' '
        $start = [System.Diagnostics.ProcessStartInfo]::new('script')
        foreach ($argument in '-qec', "$shell -NoLogo -NoProfile -Command `"`$BRUSHEDIT_COMMANDS`"", '/dev/null') { $start.ArgumentList.Add($argument) }
        $start.RedirectStandardInput = $true
        $start.RedirectStandardOutput = $true
        $start.StandardOutputEncoding = [System.Text.Encoding]::UTF8
        foreach ($name in 'NO_COLOR', 'COLORTERM', 'TMUX', 'STY', 'TERM_PROGRAM', 'KITTY_WINDOW_ID', 'GHOSTTY_RESOURCES_DIR', 'KONSOLE_VERSION', 'WT_SESSION') {
            $null = $start.Environment.Remove($name)
        }

        $start.Environment['TERM'] = 'xterm-256color'
        # The shell's own progress asks the terminal where its cursor is, and waits long for an answer that this one does not give.
        $start.Environment['BRUSHEDIT_COMMANDS'] = "`$ProgressPreference = 'SilentlyContinue'; Import-Module '$(Get-ModuleManifest)'; $Command"
        foreach ($name in $Variable.Keys) { $start.Environment[$name] = $Variable[$name] }
        $process = [System.Diagnostics.Process]::Start($start)
        $text = [System.Text.StringBuilder]::new()
        if ($Answer) {
            # The question ends with one for the device's attributes, which every terminal answers.
            while (($read = $process.StandardOutput.Read()) -ge 0) {
                $null = $text.Append([char] $read)
                if ([char] $read -eq 'c' -and $text.ToString().EndsWith("`e[c")) { break }
            }

            $process.StandardInput.Write($Answer)
            $process.StandardInput.Flush()
        }

        $null = $text.Append($process.StandardOutput.ReadToEnd())
        $process.WaitForExit()
        $process.ExitCode | Should -Be 0 -Because $text.ToString()
        $text.ToString()
    }
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

    It 'writes <Text> for <Code>' -ForEach @(
        @{ Text = 'one.png: picture, 64 x 48'; Code = { Show-EditImage $folder/one.png } }
        @{ Text = 'one.png: picture, 64 x 48'; Code = { Show-EditImage $folder/one.png -Protocol Sixel } }
        @{ Text = 'one.png: overlay, 64 x 48'; Code = { Import-EditImage $folder/one.png | New-EditMask -Box 1, 2, 3, 4 | Show-EditImage } }
        @{ Text = 'one.png: mask, 64 x 48', 'one.png: picture, 64 x 48'; Code = { Import-EditImage $folder/one.png | New-EditMask -Box 1, 2, 3, 4 | Show-EditImage -Content Mask, Picture } }
        @{ Text = 'one.png: result, 64 x 48'; Code = { $e = Import-EditImage $folder/one.png; $e.Result = $e.Picture; $e | Show-EditImage } }
        @{ Text = 'mask, 9 x 8'; Code = { New-EditMask -Box 1, 2, 3, 4 -Width 9 -Height 8 | Show-EditImage } }
        @{ Text = 'picture, 64 x 48'; Code = { New-ToyScene -Seed 3 -Width 64 -Height 48 | Show-EditImage } }
        @{ Text = 'picture, 64 x 48'; Code = { (New-ToyScene -Seed 3 -Width 64 -Height 48).Picture | Show-EditImage } }
    ) {
        $before = $PSStyle.OutputRendering
        try {
            $PSStyle.OutputRendering = 'PlainText'
            & $Code 6>&1 | ForEach-Object { "$_" } | Should -Be $Text
        }
        finally {
            $PSStyle.OutputRendering = $before
        }
    }

    It 'passes masks on with -PassThru' {
        "$((New-EditMask -Box 4, 5, 6, 7 -Width 64 -Height 48 | Show-EditImage -PassThru 6> $null).Bounds)" | Should -Be '4,5,6,7'
    }

    It 'draws with <Protocol> on a terminal <Term>' -Skip:(-not $hasTerminal) -ForEach @(
        @{ Protocol = 'HalfBlock'; Term = 'xterm-256color'; Colors = ''; Sequence = "`e[38;5;"; Blocks = 16 * 6 }
        @{ Protocol = 'HalfBlock'; Term = 'xterm-256color'; Colors = 'truecolor'; Sequence = "`e[38;2;"; Blocks = 16 * 6 }
        @{ Protocol = 'Auto'; Term = 'xterm-kitty'; Colors = ''; Sequence = "`e_Ga=T,f=100,q=2,c=16,m="; Blocks = 0 }
        @{ Protocol = 'Sixel'; Term = 'linux'; Colors = ''; Sequence = "`eP0;1;0q`"1;1;160;120"; Blocks = 0 }
        @{ Protocol = 'Auto'; Term = 'linux'; Colors = ''; Sequence = "`e[38;5;"; Blocks = 16 * 6 }
    ) {
        $text = Get-TerminalText "Show-EditImage '$folder/one.png' -Protocol $Protocol -Width 16" @{ TERM = $Term; COLORTERM = $Colors }
        $text.Contains($Sequence) | Should -BeTrue
        $text | Should -Match 'one\.png: picture, 64 x 48'
        ([regex]::Matches($text, [char] 0x2580)).Count | Should -Be $Blocks
    }

    It 'asks a terminal what it can draw, and <Choice>' -Skip:(-not $hasTerminal) -ForEach @(
        @{ Answer = "`e[6;30;15t`e[?2;0;1000;1000S`e[?63;1;4;22c"; Choice = 'Draws with Sixel'; Sequence = "`eP0;1;0q`"1;1;240;180" }
        @{ Answer = "`e_Gi=1;OK`e\`e[?62;22c"; Choice = 'Draws with Kitty'; Sequence = "`e_Ga=T,f=100,q=2,c=16,m=" }
        @{ Answer = "`e[?62;22c"; Choice = 'Draws with HalfBlock'; Sequence = "`e[38;5;" }
    ) {
        $text = Get-TerminalText "Show-EditImage '$folder/one.png' -Width 16 -Verbose" @{} -Answer $Answer
        $text | Should -Match $Choice
        $text.Contains($Sequence) | Should -BeTrue
    }

    It 'writes text to a terminal that wants plain text by <Name>' -Skip:(-not $hasTerminal) -ForEach @(
        @{ Name = 'TERM'; Value = 'dumb' }
        @{ Name = 'NO_COLOR'; Value = '1' }
    ) {
        $text = Get-TerminalText "Show-EditImage '$folder/one.png' -Protocol HalfBlock" @{ $Name = $Value }
        $text | Should -Match 'one\.png: picture, 64 x 48'
        $text.Contains([char] 0x2580) | Should -BeFalse
        $text.Contains("`e[38") | Should -BeFalse
    }

    It 'reports <Id> for <Code>, and what to do' -ForEach @(
        @{ Id = 'MissingStage'; Code = { Import-EditImage $folder/one.png | Show-EditImage -Content Result } }
        @{ Id = 'MissingStage'; Code = { Import-EditImage $folder/one.png | Show-EditImage -Content Mask } }
        @{ Id = 'MissingStage'; Code = { Import-EditImage $folder/one.png | Show-EditImage -Content Detections } }
        @{ Id = 'NotFound'; Code = { Show-EditImage $folder/none.png } }
        @{ Id = 'BadArgument'; Code = { 42 | Export-EditReport $folder/report.html } }
        @{ Id = 'CannotWrite'; Code = { Import-EditImage $folder/one.png | Export-EditReport $folder } }
        @{ Id = 'CannotWrite'; Code = { Import-EditImage $folder/one.png | Export-EditReport $folder/one.png } }
        @{ Id = 'CannotWrite'; Code = { Import-EditImage $folder/one.png | Export-EditReport $folder/one.png/report.html } }
    ) {
        $fault = Get-OnlyError $Code
        ($fault.FullyQualifiedErrorId -split ',')[0] | Should -Be $Id
        $fault.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
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
        { Import-EditImage $photo | Export-EditReport $page } | Should -Throw '*already exists*'
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

    It 'holds every edit, under a title, and leaves nothing else' {
        $file = 1, 2 | ForEach-Object { Import-EditImage $folder/one.png | New-EditMask -Box 1, 2, 30, 20 } | Export-EditReport $TestDrive/new/report.html -Title 'One & all'
        $text = Get-Content -LiteralPath $file.FullName -Raw
        $text.Contains('<title>One &amp; all</title>') | Should -BeTrue
        $text.Contains('id="edit-2"') | Should -BeTrue
        (Get-ChildItem $file.DirectoryName -Force).Name | Should -Be 'report.html'
    }

    It 'leaves a page that is there untouched, and passes edits on with -PassThru' {
        Set-Content $page 'mine'
        (Get-OnlyError { Import-EditImage $photo | Export-EditReport $page }).ErrorDetails.RecommendedAction | Should -Match '-Force'
        Get-Content $page | Should -Be 'mine'
        (Import-EditImage $photo | Export-EditReport $page -Force -PassThru).Name | Should -Be 'photo.png'
        Get-Content $page -TotalCount 1 | Should -BeLike '<!DOCTYPE html>*'
    }

    It 'leaves nothing where no report was made: <Code>' -ForEach @(
        @{ Code = { Import-EditImage $photo | Export-EditReport $TestDrive/none/report.html -WhatIf } }
        @{ Code = { & { Import-EditImage $photo; throw 'broken' } | Export-EditReport $TestDrive/none/report.html } }
        @{ Code = { Import-EditImage $TestDrive/none.png | Export-EditReport $TestDrive/none/report.html } }
    ) {
        $null = Get-Outcome $Code
        Get-ChildItem $TestDrive/none -Force -ErrorAction Ignore | Should -BeNullOrEmpty
    }

    It 'warns where no edit came' {
        $none = Get-Outcome { @() | Export-EditReport $page }
        $none.Errors | Should -BeNullOrEmpty
        $none.Warnings.Count | Should -Be 1
        $none.Warnings[0] | Should -Match 'No edit was given'
    }
}

Describe 'A fill that is shown' {
    BeforeAll {
        $modelsBefore = $env:BRUSHEDIT_MODELS
        $env:BRUSHEDIT_MODELS = Join-Path $TestDrive 'models'
        New-TinyModel -Path (Join-Path $env:BRUSHEDIT_MODELS 'tiny') -Kind Bundle
        $fill = "Invoke-Inpaint '$folder/one.png' -Mask (New-EditMask -Box 10, 10, 24, 20 -Width 64 -Height 48) -Caption 'a ball' -Model tiny -Device cpu -Seed 3 -Steps 4"
    }

    AfterAll {
        Clear-EditModel
        $env:BRUSHEDIT_MODELS = $modelsBefore
    }

    It 'is drawn in its place with <Protocol>, taken off, and not in what is given' -Skip:(-not $hasTerminal) -ForEach @(
        @{ Protocol = 'HalfBlock'; Answer = "`e[?62;22c"; Frame = "`e\[38;5;\d+;48;5;\d+m" }
        @{ Protocol = 'Sixel'; Answer = "`e[6;20;10t`e[?63;4c"; Frame = "`e7`eP0;1;0q[^`e]+`e\\`e8" }
        @{ Protocol = 'Kitty'; Answer = "`e[6;20;10t`e_Gi=1;OK`e\`e[?62;c"; Frame = "`e_Ga=T,f=100,q=2,i=\d+,p=1,c=\d+,r=\d+,C=1" }
    ) {
        $text = Get-TerminalText "`$edit = $fill -ShowPreview -Verbose; 'data: ' + (`$edit | Out-String -Width 200).Contains([char] 27) + ' ' + `$edit.Seed" -Answer $Answer
        $text | Should -Match "Previews are drawn with $Protocol"
        ([regex]::Matches($text, $Frame)).Count | Should -BeGreaterThan 0

        # A look that waits is passed over for the next one; the last is always drawn.
        $text | Should -Match 'one\.png: step 4 of 4'
        $text | Should -Match 'data: False 3'

        # What is drawn last is wiped, before anything else is said.
        $last = $text.LastIndexOf('step 4 of 4')
        $text.IndexOf("`e[J", $last) | Should -BeGreaterThan $last
        $text.IndexOf("`e[J", $last) | Should -BeLessThan $text.IndexOf('data: False')
        if ($Protocol -eq 'Kitty') { $text.IndexOf("`e_Ga=d,d=I,i=", $last) | Should -BeGreaterThan $last }
    }

    It 'is not drawn where output goes to a program, and the result is the same' {
        $shown = Invoke-Shell "`$e = $fill -ShowPreview; (`$e.Result.ToRgb() | Measure-Object -Sum).Sum; $fill -ShowPreview | Export-EditImage -Path '$folder/filled.png' | ForEach-Object Name"
        $plain = Invoke-Shell "`$e = $fill; (`$e.Result.ToRgb() | Measure-Object -Sum).Sum; 'filled.png'"
        $shown.Lines | Should -Be $plain.Lines
        $shown.Errors | Should -BeNullOrEmpty
    }

    It 'is drawn by a batch as well, file after file' -Skip:(-not $hasTerminal) {
        $null = New-Item -ItemType Directory $folder/in
        (New-ToyScene -Seed 6 -Width 64 -Height 48).Picture | Export-EditImage -Path $folder/in/first.png
        (New-ToyScene -Seed 7 -Width 64 -Height 48).Picture | Export-EditImage -Path $folder/in/second.png
        $text = Get-TerminalText "Invoke-ImageEdit '$folder/in/*.png' 'add a red ball on the left' -Directory '$folder/out' -Model tiny -Device cpu -Steps 3 -ShowPreview | ForEach-Object { 'done: ' + `$_.Name + ' ' + `$_.Status }" -Answer "`e[?62;22c"
        $text | Should -Match 'second\.png: step 3 of 3'
        foreach ($name in 'first', 'second') {
            $text | Should -Match "done: $name\.png Done"
        }

        Get-ChildItem $folder/out -Name | Sort-Object | Should -Be 'first.png', 'second.png'
    }

    It 'says what is wrong with <Code>' -ForEach @(
        @{ Code = { Invoke-Inpaint $folder/one.png -Caption x -Engine Server -Endpoint http://127.0.0.1:9/v1 -ShowPreview }; Text = '*does not support previews*' }
        @{ Code = { Invoke-Inpaint $folder/one.png -Caption x -Engine Server -Endpoint http://127.0.0.1:9/v1 -PreviewPath $folder/p.png }; Text = '*does not support previews*' }
        @{ Code = { Invoke-Inpaint $folder/one.png -Caption x -Model tiny -PreviewEvery 2 }; Text = '*destination for the previews*' }
    ) {
        { & $Code } | Should -Throw $Text -ErrorId 'BadArgument,*'
    }
}
