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
