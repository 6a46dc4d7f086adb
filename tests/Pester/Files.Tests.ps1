# Files as photographers keep them: masks by name, metadata, JPEGs without loss.
BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../BrushEdit.psd1') -Force
}

Describe 'A folder of masks' {
    BeforeAll {
        $scene = New-ToyScene -Seed 3 -Width 64 -Height 48
        $scene | Export-EditImage -Path (Join-Path $TestDrive 'image.png')
        $mask = New-EditMask -Box 10,10,20,20 -Width 64 -Height 48
        $mask | Export-EditImage -Path (Join-Path $TestDrive 'image_mask.png')
    }

    It 'gives the mask and never the picture itself' {
        $edit = Import-EditImage (Join-Path $TestDrive 'image.png') | New-EditMask -Path $TestDrive
        $edit.Mask.SameAs($mask) | Should -BeTrue
        $edit.Notes | Should -BeLike '*image_mask.png*white*'
        $edit.Warnings | Should -BeNullOrEmpty
    }

    It 'takes a pattern that is given instead' {
        $edit = Import-EditImage (Join-Path $TestDrive 'image.png') | New-EditMask -Path $TestDrive -MaskPattern '{name}_mask'
        $edit.Mask.SameAs($mask) | Should -BeTrue
    }

    It 'takes a pattern for the folder that a row names, and beside the picture' {
        $picture = Join-Path $TestDrive 'image.png'
        $row = [pscustomobject]@{ Path = $picture; Mask = "$TestDrive" } | New-EditMask -MaskPattern '{name}_mask'
        $row.Mask.SameAs($mask) | Should -BeTrue
        (New-EditMask $picture -MaskPattern '{name}_mask').Mask.SameAs($mask) | Should -BeTrue
        $shaped = Edit-MaskForType $picture -EditType Remove -Grow 0 -MaskPattern '{name}_mask' -WarningAction SilentlyContinue
        $shaped.Notes | Should -BeLike '*image_mask.png*'
    }

    It 'refuses a pattern where there is no picture, or no folder' {
        { New-EditMask -MaskPattern '{name}_mask' -ErrorAction Stop } | Should -Throw -ErrorId 'BadArgument,*'
        { New-EditMask (Join-Path $TestDrive 'image.png') -Mask (Join-Path $TestDrive 'image_mask.png') -MaskPattern '{name}_mask' -ErrorAction Stop } |
            Should -Throw -ErrorId 'BadArgument,*'
    }

    It 'is found by Export-EditImage, Show-EditImage and Edit-Mask as well, by the usual names and by a pattern, <Place.Mask> <Place.MaskPattern>' -ForEach @(
        @{ Place = @{ Mask = '.' } }
        @{ Place = @{ Mask = '.'; MaskPattern = '{name}_m*' } }
        @{ Place = @{ MaskPattern = '{name}_mask.png' } }
    ) {
        Push-Location $TestDrive
        try {
            Get-Item image.png | Export-EditImage -Path exported.png -Content Mask -Force @place
            (New-EditMask -Path exported.png).SameAs($mask) | Should -BeTrue
            Remove-Item exported.png
            (Get-Item image.png | Edit-Mask -Invert @place).Mask.SameAs(($mask | Edit-Mask -Invert)) | Should -BeTrue
            (Show-EditImage image.png -Content Mask @place 6>&1) -join '' | Should -BeLike '*image.png: mask, 64 x 48'
            (Get-Item image.png | Show-EditImage -Content Mask -PassThru @place 6> $null).Mask.SameAs($mask) | Should -BeTrue
        }
        finally {
            Pop-Location
        }
    }

    It 'is refused by <_> where a mask stands alone or nothing fits' -ForEach 'Export-EditImage', 'Show-EditImage', 'Edit-Mask' {
        $more = @{ 'Export-EditImage' = @{ Path = (Join-Path $TestDrive 'none.png') }; 'Show-EditImage' = @{}; 'Edit-Mask' = @{ Invert = $true } }[$_]
        { $mask | & $_ -MaskPattern '{name}_mask' @more -ErrorAction Stop } | Should -Throw -ErrorId 'BadArgument,*' -ExpectedMessage '*without a picture*'
        { & $_ -Mask $mask -MaskPattern '{name}_mask' @more -ErrorAction Stop } | Should -Throw -ErrorId 'BadArgument,*'
        { Get-Item (Join-Path $TestDrive 'image.png') | & $_ -MaskPattern '{name}_none' @more -ErrorAction Stop } | Should -Throw -ErrorId 'NotFound,*'
        Join-Path $TestDrive 'none.png' | Should -Not -Exist
    }

    It 'of a scene is exported with its picture by -Content' {
        $scene | Export-EditImage -Directory (Join-Path $TestDrive 'scene') -Name drawn -Content Picture
        (Import-EditImage (Join-Path $TestDrive 'scene/drawn.png')).Picture.SameSamples($scene.Picture) | Should -BeTrue
        $scene | Export-EditImage -Path (Join-Path $TestDrive 'scene/truth.png') -Content Mask
        (New-EditMask -Path (Join-Path $TestDrive 'scene/truth.png')).SameAs($scene.Mask) | Should -BeTrue
    }

    It 'refuses two that fit, and names them' {
        $mask | Export-EditImage -Path (Join-Path $TestDrive 'image-mask.png')
        Import-EditImage (Join-Path $TestDrive 'image.png') | New-EditMask -Path $TestDrive -ErrorVariable faults -ErrorAction SilentlyContinue
        $faults[0].FullyQualifiedErrorId | Should -BeLike 'BadMask,*'
        "$($faults[0])" | Should -BeLike "*'image_mask.png'*"
        "$($faults[0])" | Should -BeLike "*'image-mask.png'*"
        $faults[0].ErrorDetails.RecommendedAction | Should -BeLike '*-MaskPattern*'
    }
}

Describe 'A JPEG that is written again' {
    It 'keeps what nothing was changed in, and is told where it is not' {
        New-ToyScene -Seed 5 -Width 64 -Height 48 | Export-EditImage -Path (Join-Path $TestDrive 'a.jpg')
        $edit = Import-EditImage (Join-Path $TestDrive 'a.jpg')
        $edit.Picture | Export-EditImage -Path (Join-Path $TestDrive 'b.jpg') -WarningVariable told
        $told | Should -BeNullOrEmpty
        (Import-EditImage (Join-Path $TestDrive 'b.jpg')).Picture.SameSamples($edit.Picture) | Should -BeTrue
    }
}

Describe 'A tree of folders' {
    BeforeAll {
        $tree = Join-Path $TestDrive 'tree'
        foreach ($name in 'a.png', 'one/a.png', 'one/two/a.png', 'other/a.png') {
            (New-ToyScene -Seed 5 -Width 64 -Height 64).Picture | Export-EditImage -Path (Join-Path $tree $name)
        }
        $places = 'a.png', 'one/a.png', 'one/two/a.png', 'other/a.png' | Sort-Object

        function Get-Place([string] $Folder) {
            Get-ChildItem $Folder -Recurse -File -Filter '*.png' | ForEach-Object { [System.IO.Path]::GetRelativePath($Folder, $_.FullName).Replace('\', '/') } | Sort-Object
        }
    }

    AfterAll {
        Clear-EditModel
    }

    It 'comes out of a batch as it went in, and is resumed' {
        $out = Join-Path $TestDrive 'tree-out'
        $done = Get-ChildItem $tree -Recurse -File | Invoke-ImageEdit 'add a red ball on the left' -Directory $out -BasePath $tree -Steps 1 -Model toybox
        $done.Count | Should -Be 4
        Get-Place $out | Should -Be $places
        $again = Get-ChildItem $tree -Recurse -File | Invoke-ImageEdit 'add a red ball on the left' -Directory $out -BasePath $tree -Steps 1 -Model toybox -Resume
        $again.Status | Sort-Object -Unique | Should -Be 'Skipped'
    }

    It 'is written as it was read' {
        $out = Join-Path $TestDrive 'tree-copy'
        Get-ChildItem $tree -Recurse -File | Import-EditImage | Export-EditImage -Content Picture -Directory $out -BasePath $tree | Should -HaveCount 4
        Get-Place $out | Should -Be $places
    }

    It 'is not left: a file from elsewhere is an error, and the others go on' {
        $out = Join-Path $TestDrive 'tree-part'
        $faults = $null
        Get-ChildItem $tree -Recurse -File | Import-EditImage |
            Export-EditImage -Content Picture -Directory $out -BasePath (Join-Path $tree 'one') -ErrorVariable faults -ErrorAction SilentlyContinue | Should -HaveCount 2
        $faults.Count | Should -Be 2
        $faults[0].FullyQualifiedErrorId | Should -BeLike 'BadArgument,*'
        Get-Place $out | Should -Be 'a.png', 'two/a.png'
    }

    It 'needs a folder to go to' {
        { Invoke-ImageEdit (Join-Path $tree 'a.png') 'make it night' -BasePath $tree } | Should -Throw '*-BasePath applies to written files*'
    }
}
