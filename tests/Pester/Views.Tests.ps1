# The views of module/BrushEdit.Format.ps1xml.
BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../BrushEdit.psd1') -Force
    $photo = Join-Path $TestDrive 'photo.png'
    $scene = New-ToyScene -Seed 7 -Width 64 -Height 48
    $scene | Export-EditImage -Path $photo

    function Get-ShownLine([scriptblock] $Script) {
        # What is shown, without the spaces that make columns.
        @((& $Script | Out-String -Width 200) -split '\r?\n' | ForEach-Object { ($_ -replace '\e\[[\d;]*m' -replace ' +', ' ').Trim() } | Where-Object { $_ })
    }
}

Describe 'The views' {
    It 'are of types that are there and of properties they have' {
        $cmdlets = (Get-Command New-ToyScene).ImplementingType.Assembly
        $library = $scene.Picture.GetType().Assembly
        $views = ([xml] (Get-Content (Join-Path $PSScriptRoot '../../module/BrushEdit.Format.ps1xml') -Raw)).SelectNodes('//View')
        $views.Count | Should -BeGreaterThan 5
        foreach ($view in $views) {
            $name = $view.SelectSingleNode('.//TypeName').InnerText
            $type = $library.GetType($name) ?? $cmdlets.GetType($name)
            $type | Should -Not -BeNullOrEmpty -Because "there must be a type '$name'"
            foreach ($property in $view.SelectNodes('.//PropertyName')) {
                $type.GetProperty($property.InnerText) | Should -Not -BeNullOrEmpty -Because "'$name' must have a property '$($property.InnerText)'"
            }

            foreach ($script in $view.SelectNodes('.//ScriptBlock')) {
                $errors = $null
                $parsed = [System.Management.Automation.Language.Parser]::ParseInput($script.InnerText, [ref] $null, [ref] $errors)
                $errors | Should -BeNullOrEmpty -Because $script.InnerText

                # What a script asks of the object itself must be there as well.
                $members = $parsed.FindAll({
                        $args[0] -is [System.Management.Automation.Language.MemberExpressionAst] -and $args[0].Expression.VariablePath.UserPath -eq '_'
                    }, $false)
                foreach ($member in $members) {
                    $type.GetMember($member.Member.Value) | Should -Not -BeNullOrEmpty -Because "'$name' must have '$($member.Member)'"
                }
            }

            $view.SelectNodes('.//TableColumnHeader').Count | Should -Be $view.SelectNodes('.//TableColumnItem').Count
        }
    }

    It 'shows what matters of <What> on a line' -ForEach @(
        @{ What = 'a scene'; Code = { $scene }; Line = '7 64 x 48 ' }
        @{ What = 'a picture'; Code = { $scene.Picture }; Line = '64 x 48 Rgb 8 Png' }
        @{ What = 'a mask'; Code = { New-EditMask -Box 0, 0, 32, 24 -Width 64 -Height 48 }; Line = '64 x 48 25.0 % 0,0,32,24 hard' }
        @{ What = 'an edit'; Code = { Import-EditImage $photo | New-EditMask -Box 0, 0, 32, 24 }; Line = 'photo.png 64 x 48 Png 25.0 % mask' }
    ) {
        @(Get-ShownLine $Code | Where-Object { $_.StartsWith($Line) }).Count | Should -Be 1 -Because "this is shown: $(Get-ShownLine $Code)"
    }

    It 'shows plans as tables' {
        $lines = Get-ShownLine { (Get-EditPlan $photo 'replace the dog with a cat').Plan }
        $lines | Should -Contain 'EditType Target Selection NewContent Caption Planner Confidence'
        $lines -match '^Local dog a cat .* Rules ' | Should -Not -BeNullOrEmpty
    }

    It 'shows verdicts, their checks and attempts as tables' {
        $library = $scene.Picture.GetType().Assembly
        $check = [activator]::CreateInstance($library.GetType('BrushEdit.Editing.EditCheck'), @('Gone', $false, 0.25, 'It is still there.'))
        $checks = [array]::CreateInstance($check.GetType(), 1)
        $checks[0] = $check
        $verdict = [activator]::CreateInstance($library.GetType('BrushEdit.Editing.EditVerdict'), @($false, 0.25, $checks))
        $attempt = [activator]::CreateInstance($library.GetType('BrushEdit.Editing.EditAttempt'), @(1, 'another seed', [long] 7, $verdict, $true))
        Get-ShownLine { $verdict } | Should -Be 'Passed Score Reason', '------ ----- ------', 'False 0.25 It is still there.'
        Get-ShownLine { $verdict.Checks } | Should -Contain 'Check Passed Score Reason'
        Get-ShownLine { $verdict.Checks } | Should -Contain 'Gone False 0.25 It is still there.'
        Get-ShownLine { $attempt } | Should -Contain '1 True False 0.25 7 another seed'
    }

    It 'shows an edit as a list with what decided it' {
        $text = Get-EditPlan $photo 'remove the dog' | New-EditMask -Box 4, 5, 20, 10 | Format-List | Out-String
        $text | Should -Match 'Instruction\s+: remove the dog'
        $text | Should -Match 'Mask\s+: 64 x 48 mask'
    }
}
