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
        { New-ToyScene -Seed 4 | Export-EditImage -Path $file -ErrorAction Stop } | Should -Throw '*already exists*'
        (New-ToyScene -Seed 4 | Export-EditImage -Path $file -Force).Name | Should -Be 'once.png'
    }

    It 'never takes the picture itself without being told' {
        $file = Join-Path $TestDrive 'own.png'
        New-ToyScene -Seed 3 | Export-EditImage -Path $file
        { Import-EditImage $file | Export-EditImage -Directory $TestDrive -Content Picture -ErrorAction Stop } | Should -Throw '*read by this run*'
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

Describe 'Scenes and files, in every way' {
    BeforeAll {
        Import-Module (Join-Path $PSScriptRoot 'TestSupport.psm1') -Force
        $scene = New-ToyScene -Seed 3 -Width 64 -Height 48
    }

    BeforeEach {
        $folder = (New-Item -ItemType Directory (Join-Path $TestDrive ([guid]::NewGuid()))).FullName
        $scene | Export-EditImage -Path $folder/one.png
    }

    It 'draws scenes of <Type> that say what is to be done' -ForEach @(
        @{ Type = 'Remove'; Word = 'remove' }
        @{ Type = 'Addition'; Word = 'add' }
        @{ Type = 'Global'; Word = '' }
    ) {
        $drawn = New-ToyScene -Seed 4 -Width 64 -Height 64 -EditType $Type -Split HeldOutSeeds
        $drawn.EditType | Should -Be $Type
        $drawn.Instruction | Should -BeLike "$Word*"
        $drawn.Caption | Should -Not -BeNullOrEmpty
    }

    It 'takes the seed by position and has the size asked for' {
        (New-ToyScene 6 -Width 64 -Height 48).Seed | Should -Be 6
        "$($scene.Picture.Width) x $($scene.Picture.Height)" | Should -Be '64 x 48'
    }

    It 'gives one error for options that contradict, not one a scene' {
        $fault = Get-OnlyError { New-ToyScene -Seed 4 -Count 3 -MinObjects 3 -MaxObjects 1 }
        $fault.FullyQualifiedErrorId | Should -BeLike 'BadArgument,*'
        $fault.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It 'reads <Names> from <Code>' -ForEach @(
        @{ Names = 'a1.png', 'a2.png'; Code = { Import-EditImage $folder/a?.png } }
        @{ Names = 'b[1].png'; Code = { Import-EditImage -LiteralPath "$folder/b[1].png" } }
        @{ Names = 'a2.png', 'a1.png'; Code = { "$folder/a2.png", "$folder/a1.png" | Import-EditImage } }
        @{ Names = 'b[1].png'; Code = { [System.IO.FileInfo]::new("$folder/b[1].png") | Import-EditImage } }
        @{ Names = 'a1.png'; Code = { [pscustomobject] @{ Path = "$folder/a1.png" } | Import-EditImage } }
        @{ Names = 'a1.png'; Code = { foreach ($once in 1) { Import-EditImage $folder/*.png | ForEach-Object { $_; break } } } }
    ) {
        foreach ($name in 'a1.png', 'a2.png', 'b[1].png') { Copy-Item $folder/one.png "$folder/$name" }
        (& $Code).Name | Should -Be $Names
    }

    It 'reads the others where a file is bad or missing' {
        Set-Content $folder/bad.png 'no picture'
        $read = Get-Outcome { Import-EditImage $folder/bad.png, $folder/missing.png, $folder/one.png }
        $read.Output.Name | Should -Be 'one.png'
        $read.Errors.FullyQualifiedErrorId -replace ',.*' | Should -Be 'BadPicture', 'NotFound'
        $read.Thrown | Should -BeNullOrEmpty
    }

    It 'puts a mask into the edit and leaves the first one as it was' {
        $first = Import-EditImage $folder/one.png
        $second = $first | New-EditMask -Box 4, 5, 20, 10
        $third = $second | Edit-Mask -Grow 2 -Element Square
        $first.Mask | Should -BeNullOrEmpty
        "$($second.Mask.Bounds) $($third.Mask.Bounds)" | Should -Be '4,5,20,10 2,3,24,14'
        $second.Overrides | Should -BeNullOrEmpty
        $third.Overrides | Should -Be 'Mask'
    }

    It 'makes <Bounds> of <Code>' -ForEach @(
        @{ Bounds = '4,5,20,10'; Code = { $scene | New-EditMask -Box 4, 5, 20, 10 } }
        @{ Bounds = '4,5,20,10'; Code = { New-EditMask -Ellipse 4, 5, 20, 10 -Width 64 -Height 48 | Edit-Mask -BoxHull } }
        @{ Bounds = '8,10,40,20'; Code = { New-EditMask -Box 4, 5, 20, 10 -Width 64 -Height 48 | Edit-Mask -Fit $scene.Picture.Extend(64, 0, 0, 48) } }
    ) {
        "$((& $Code).Bounds)" | Should -Be $Bounds
    }

    It 'changes the mask of a scene, and of a file' {
        ($scene | Edit-Mask -Invert).Coverage | Should -BeGreaterThan (1 - $scene.Mask.Coverage - 1e-6)
        ($scene | Edit-Mask -Invert).Coverage | Should -BeLessThan (1 - $scene.Mask.Coverage + 1e-6)
        $scene.Mask | Export-EditImage -Path $folder/m.png
        ("$folder/m.png" | Edit-Mask -Move 0, 0).SameAs($scene.Mask) | Should -BeTrue
    }

    It 'reports <Id> for <Code>, and what to do' -ForEach @(
        @{ Id = 'BadArgument'; Code = { New-EditMask -Box 1, 1, 1, 1 -Width 8 -Height 8 | Edit-Mask } }
        @{ Id = 'BadArgument'; Code = { New-EditMask -Box 1, 1, 1, 1 -Width 8 -Height 8 | Edit-Mask -BoxHull -EllipseHull } }
        @{ Id = 'BadMask'; Code = { New-EditMask -Box 1, 1, 2, 2 -Width 8 -Height 8 | Edit-Mask -Shrink 3 } }
        @{ Id = 'MissingStage'; Code = { Import-EditImage $folder/one.png | Edit-Mask -Grow 1 } }
        @{ Id = 'BadMask'; Code = { New-EditMask -Box 90, 90, 2, 2 -Width 8 -Height 8 } }
        @{ Id = 'BadArgument'; Code = { New-EditMask -Box 1, 1, 2, 2 } }
        @{ Id = 'BadMask'; Code = { Import-EditImage $folder/one.png | New-EditMask -Alpha } }
        @{ Id = 'BadMask'; Code = { Import-EditImage $folder/one.png | New-EditMask -Path $folder/small.png } }
        @{ Id = 'MissingStage'; Code = { Import-EditImage $folder/one.png | Export-EditImage -Directory $folder } }
        @{ Id = 'CannotWrite'; Code = { Import-EditImage $folder/one.png | Export-EditImage -Directory $folder -Content Picture } }
        @{ Id = 'BadArgument'; Code = { Import-EditImage $folder/one.png | Export-EditImage -Directory $folder/x -Path $folder/y.png } }
        @{ Id = 'BadArgument'; Code = { Import-EditImage $folder/one.png | Export-EditImage -Path $folder/y.bmp -Content Picture } }
    ) {
        New-EditMask -Box 1, 1, 2, 2 -Width 8 -Height 8 | Export-EditImage -Path $folder/small.png
        $fault = Get-OnlyError $Code
        ($fault.FullyQualifiedErrorId -split ',')[0] | Should -Be $Id
        $fault.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It 'fits a mask of another size on request' {
        New-EditMask -Box 0, 0, 8, 4 -Width 8 -Height 8 | Export-EditImage -Path $folder/small.png
        "$((Import-EditImage $folder/one.png | New-EditMask -Path $folder/small.png -Fit).Mask.Bounds)" | Should -Be '0,0,64,24'
    }

    It 'matches a folder of masks by name' {
        New-EditMask -Box 1, 2, 3, 4 -Width 64 -Height 48 | Export-EditImage -Directory $folder/masks -Name one
        "$((Import-EditImage $folder/one.png | New-EditMask -Path $folder/masks).Mask.Bounds)" | Should -Be '1,2,3,4'
    }

    It 'leaves a file that is there untouched, and replaces it with -Force' {
        $before = (Get-FileHash $folder/one.png).Hash
        (Get-OnlyError { New-ToyScene -Seed 9 | Export-EditImage -Path $folder/one.png }).FullyQualifiedErrorId | Should -BeLike 'CannotWrite,*'
        (Get-FileHash $folder/one.png).Hash | Should -Be $before
        New-ToyScene -Seed 9 | Export-EditImage -Path $folder/one.png -Force
        (Get-FileHash $folder/one.png).Hash | Should -Not -Be $before
    }

    It 'names files by a pattern, and does not write one twice' {
        (New-ToyScene -Seed 1 -Count 2 -Width 32 -Height 32 | Export-EditImage -Directory $folder/made/deep -Name 's-{number}').Name | Should -Be 's-1.png', 's-2.png'
        $twice = Get-Outcome { New-ToyScene -Seed 1 -Count 2 -Width 32 -Height 32 | Export-EditImage -Directory $folder -Name same -Force }
        $twice.Output.Count | Should -Be 1
        $twice.Errors.Count | Should -Be 1
        "$($twice.Errors[0])" | Should -Match 'just been written'
    }

    It 'writes <Options.Format> under <Name>' -ForEach @(
        @{ Options = @{ Format = 'Jpeg'; Quality = 70 }; Name = 'f.jpg' }
        @{ Options = @{ Format = 'WebP' }; Name = 'f.webp' }
        @{ Options = @{ Format = 'Tiff' }; Name = 'f.tif' }
    ) {
        $file = $scene | Export-EditImage -Directory $folder -Name f @Options
        $file.Name | Should -Be $Name
        (Import-EditImage -LiteralPath $file.FullName).Picture.Format | Should -Be $Options.Format
    }

    It 'passes the edit on with -PassThru' {
        $edit = Import-EditImage $folder/one.png | Export-EditImage -Directory $folder/copy -Content Picture, Comparison -PassThru
        $edit.Name | Should -Be 'one.png'
        (Get-ChildItem $folder/copy).Name | Sort-Object | Should -Be 'one-comparison.png', 'one.png'
    }
}
