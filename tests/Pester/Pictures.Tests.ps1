# Scenes, pictures, masks and files.
BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../BrushEdit.psd1') -Force
}

Describe 'New-ToyScene' {
    It 'draws the same scene from the same seed' {
        $a = New-ToyScene -Seed 5 -Width 64 -Height 48
        $b = New-ToyScene -Seed 5 -Width 64 -Height 48
        $a.Picture.SameSamples($b.Picture) | Should -BeTrue
        $a.Mask.SameAs($b.Mask) | Should -BeTrue
    }

    It 'counts seeds up and passes them on one by one' {
        (New-ToyScene -Seed 5 -Count 1000000 -Width 32 -Height 32 | Select-Object -First 3).Seed | Should -Be 5, 6, 7
    }

    It 'gives an instruction, a mask and the truth for <_>' -ForEach 'Addition', 'Remove', 'Local', 'Global', 'Background' {
        $scene = New-ToyScene -Seed 4 -Width 64 -Height 64 -EditType $_
        $scene.EditType | Should -Be $_
        $scene.Instruction | Should -Not -BeNullOrEmpty
        $scene.Caption | Should -Not -BeNullOrEmpty
        $scene.Mask.Coverage | Should -BeGreaterThan 0
        $scene.Truth.SameSamples($scene.Picture) | Should -BeFalse
    }
}

Describe 'Import-EditImage' {
    BeforeAll {
        New-ToyScene -Seed 3 -Width 64 -Height 48 | Export-EditImage -Path (Join-Path $TestDrive 'a1.png')
        New-ToyScene -Seed 4 -Width 64 -Height 48 | Export-EditImage -Path (Join-Path $TestDrive 'a2.jpg')
        New-ToyScene -Seed 5 -Width 64 -Height 48 | Export-EditImage -Path (Join-Path $TestDrive 'b[1].png')
        Set-Content -LiteralPath (Join-Path $TestDrive 'bad.png') -Value 'no picture'
    }

    It 'takes wildcards' {
        (Import-EditImage (Join-Path $TestDrive 'a*')).Name | Should -Be 'a1.png', 'a2.jpg'
    }

    It 'takes literal paths with brackets' {
        (Import-EditImage -LiteralPath (Join-Path $TestDrive 'b[1].png')).Name | Should -Be 'b[1].png'
    }

    It 'takes files from the pipeline, brackets and all' {
        (Get-ChildItem -LiteralPath $TestDrive -Filter *.png | Where-Object Name -NE bad.png | Import-EditImage).Name | Sort-Object | Should -Be 'a1.png', 'b[1].png'
    }

    It 'goes on after a bad file' {
        $edits = Import-EditImage (Join-Path $TestDrive '*.*') -ErrorVariable faults -ErrorAction SilentlyContinue
        $edits.Count | Should -Be 3
        $faults.Count | Should -Be 1
        $faults[0].FullyQualifiedErrorId | Should -BeLike 'BadPicture,*'
    }

    It 'works from another location' {
        Push-Location -LiteralPath $TestDrive
        try { (Import-EditImage a1.png).Picture.Width | Should -Be 64 } finally { Pop-Location }
    }

    It 'shows name, size and format' {
        Import-EditImage (Join-Path $TestDrive 'a2.jpg') | Out-String | Should -Match 'a2\.jpg\s+64 x 48\s+Jpeg'
    }
}

Describe 'New-EditMask and Edit-Mask' {
    It 'makes <bounds> of <code>' -ForEach @(
        @{ Code = { New-EditMask -Box 4, 5, 20, 10 -Width 64 -Height 48 }; Bounds = '4,5,20,10' }
        @{ Code = { New-EditMask -Box '4,5,20,10', '30,5,10,30' -Width 64 -Height 48 }; Bounds = '4,5,36,30' }
        @{ Code = { New-EditMask -Ellipse 4, 5, 20, 10 -Width 64 -Height 48 }; Bounds = '4,5,20,10' }
        @{ Code = { New-EditMask -Polygon '4,5 24,5 24,15 4,15' -Width 64 -Height 48 }; Bounds = '4,5,20,10' }
        @{ Code = { (New-ToyScene -Seed 3).Picture | New-EditMask -Box 4, 5, 20, 10 }; Bounds = '4,5,20,10' }
        @{ Code = { New-EditMask -Box 4, 5, 20, 10 -Width 64 -Height 48 | Edit-Mask -Move 3, -2 }; Bounds = '7,3,20,10' }
        @{ Code = { New-EditMask -Box 4, 5, 20, 10 -Width 64 -Height 48 | Edit-Mask -Grow 2 -Element Square }; Bounds = '2,3,24,14' }
        @{ Code = { New-EditMask -Box 4, 5, 20, 10 -Width 64 -Height 48 | Edit-Mask -Shrink 2 -Element Square }; Bounds = '6,7,16,6' }
        @{ Code = { New-EditMask -Box 0, 0, 64, 24 -Width 64 -Height 48 | Edit-Mask -Invert }; Bounds = '0,24,64,24' }
    ) {
        "$((& $Code).Bounds)" | Should -Be $Bounds
    }

    It 'passes an edit on with its mask and notes a change' {
        New-ToyScene -Seed 3 -Width 64 -Height 48 | Export-EditImage -Path (Join-Path $TestDrive 'e.png')
        $edit = Import-EditImage (Join-Path $TestDrive 'e.png')
        $masked = $edit | New-EditMask -Box 4, 5, 20, 10
        $edit.Mask | Should -BeNullOrEmpty
        $masked.Overrides | Should -BeNullOrEmpty
        ($masked | Edit-Mask -Grow 1).Overrides | Should -Be 'Mask'
    }

    It 'says both sizes where they differ' {
        New-EditMask -Box 1, 1, 2, 2 -Width 8 -Height 8 | Export-EditImage -Path (Join-Path $TestDrive 'small.png')
        { (New-ToyScene -Seed 3).Picture | New-EditMask -Path (Join-Path $TestDrive 'small.png') -ErrorAction Stop } | Should -Throw '*8 x 8*128 x 128*'
    }
}

Describe 'Export-EditImage' {
    It 'refuses what is there, and replaces it with -Force' {
        $file = Join-Path $TestDrive 'once.png'
        New-ToyScene -Seed 3 | Export-EditImage -Path $file
        { New-ToyScene -Seed 4 | Export-EditImage -Path $file -ErrorAction Stop } | Should -Throw '*exists already*'
        (New-ToyScene -Seed 4 | Export-EditImage -Path $file -Force).Name | Should -Be 'once.png'
    }

    It 'never takes the picture itself without being told' {
        $file = Join-Path $TestDrive 'own.png'
        New-ToyScene -Seed 3 | Export-EditImage -Path $file
        { Import-EditImage $file | Export-EditImage -Directory $TestDrive -Content Picture -ErrorAction Stop } | Should -Throw '*read by this very run*'
    }

    It 'writes nothing with -WhatIf' {
        New-ToyScene -Seed 3 | Export-EditImage -Directory (Join-Path $TestDrive 'not') -WhatIf
        Join-Path $TestDrive 'not' | Should -Not -Exist
    }

    It 'writes <_>' -ForEach 'Png', 'Jpeg', 'WebP', 'Tiff' {
        $file = New-ToyScene -Seed 3 | Export-EditImage -Directory $TestDrive -Name "format-$_" -Format $_
        (Import-EditImage $file.FullName).Picture.Format | Should -Be $_
    }
}
