# Finding, outlining and shaping with the weights that ship with the module.
BeforeDiscovery {
    Import-Module (Join-Path $PSScriptRoot '../../BrushEdit.psd1') -Force
    $noDetector = @(Get-EditModel -Kind GroundingDino).Count -eq 0
    $noSegmenter = @(Get-EditModel -Kind Sam).Count -eq 0
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../BrushEdit.psd1') -Force
    $scene = New-ToyScene -Seed 4
    $photo = Join-Path $TestDrive 'photo.png'
    $scene | Export-EditImage -Path $photo
}

AfterAll {
    Clear-EditModel
}

Describe 'Find-Object' {
    It 'says that the text is missing' {
        $failed = $null
        Find-Object $photo -ErrorAction SilentlyContinue -ErrorVariable failed | Should -BeNullOrEmpty
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'MissingStage,*'
    }

    It 'finds what a scene is about' -Skip:$noDetector {
        $found = $scene | Find-Object
        $found.Detections.Count | Should -BeGreaterThan 0
        $found.Detections[0].Box.IoU($scene.Box) | Should -BeGreaterThan 0.5
    }

    It 'warns of what is not there' -Skip:$noDetector {
        $found = Find-Object $photo -Text 'red ball' -Threshold 1 -WarningVariable warnings -WarningAction SilentlyContinue
        $found.Detections.Count | Should -Be 0
        "$warnings" | Should -BeLike "*'red ball'*"
    }

    It 'completes the names of detectors' -Skip:$noDetector {
        $line = 'Find-Object photo.png -Model '
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Contain @(Get-EditModel -Kind GroundingDino)[0].Name
    }
}

Describe 'Get-SegmentMask' {
    It 'outlines a box' -Skip:$noSegmenter {
        $edit = $scene | Get-SegmentMask -Box $scene.Box
        $edit.Mask.Bounds.IoU($scene.Box) | Should -BeGreaterThan 0.5
    }

    It 'offers candidates for a click' -Skip:$noSegmenter {
        (Get-SegmentMask $photo -Point $scene.Box.CenterX, $scene.Box.CenterY -Candidates).MaskCandidates.Count | Should -BeGreaterThan 1
    }
}

Describe 'Edit-MaskForType' {
    It 'grows a mask for a removal' {
        $outline = Import-EditImage $photo | New-EditMask -Box 40, 40, 40, 40
        ($outline | Edit-MaskForType -EditType Remove).Mask.Coverage | Should -BeGreaterThan $outline.Mask.Coverage
    }

    It 'writes masks and takes corrected ones' {
        $masks = Join-Path $TestDrive 'masks'
        $null = Import-EditImage $photo | New-EditMask -Box 40, 40, 40, 40 | Edit-MaskForType -EditType Remove -MaskFolder $masks
        $file = Join-Path $masks 'photo.mask.png'
        $file | Should -Exist
        New-EditMask -Box 10, 10, 30, 30 -Width 128 -Height 128 | Export-EditImage -Path $file -Force
        $edit = Import-EditImage $photo | Edit-MaskForType -EditType Remove -MaskFolder $masks
        "$($edit.Mask.Bounds)" | Should -Be '10,10,30,30'
        "$($edit.Overrides)" | Should -BeLike '*photo.mask.png*'
    }

    It 'keeps a replacement to the outline where it is asked' {
        $outline = Import-EditImage $photo | New-EditMask -Box 40, 60, 50, 20
        $outline.Plan = [BrushEdit.Editing.EditPlan]@{ EditType = 'Local'; Target = 'fish'; NewContent = 'a tree' }
        $roomy = $outline | Edit-MaskForType
        "$(($outline | Edit-MaskForType -KeepOutline).Mask.Bounds)" | Should -Be '40,60,50,20'
        $roomy.Mask.Bounds.Height | Should -BeGreaterThan 50
        $outline.Plan = [BrushEdit.Editing.EditPlan]@{ EditType = 'Local'; Target = 'fish'; NewContent = 'a red fish' }
        "$(($outline | Edit-MaskForType).Mask.Bounds)" | Should -Be '40,60,50,20'
    }

    It 'makes a matte for a new background' {
        $outline = Import-EditImage $photo | New-EditMask -Box $scene.Box
        $matte = $outline | Edit-MaskForType -EditType Background
        $matte.IsMatte | Should -BeTrue
        $matte.Mask.IsHard | Should -BeFalse
        $hard = $outline | Edit-MaskForType -EditType Background -EdgeReach 0
        $hard.IsMatte | Should -BeFalse
        $hard.Mask.IsHard | Should -BeTrue
    }

    It 'takes a shadow along and leaves it' {
        $outline = Import-EditImage $photo | New-EditMask -Box $scene.Box
        $with = $outline | Edit-MaskForType -EditType Remove -Grow 1 -WithShadow
        $without = $outline | Edit-MaskForType -EditType Remove -Grow 1
        $with.ShapedWith.WithShadow | Should -BeTrue
        $with.Mask.Coverage | Should -BeGreaterOrEqual $without.Mask.Coverage
    }

    It 'takes kind and box of a scene' {
        (New-ToyScene -Seed 4 -EditType Addition | Edit-MaskForType).ShapedFor | Should -Be 'Addition'
    }
}

Describe 'The chain' {
    It 'removes a thing that was found' -Skip:($noDetector -or $noSegmenter) {
        $edit = $scene | Find-Object | Get-SegmentMask | Edit-MaskForType -EditType Remove | Invoke-Inpaint -Caption $scene.Caption -Steps 2 -Seed 1
        $edit.Result | Should -Not -BeNullOrEmpty
        $edit.Timings.Keys | Should -Contain 'FindObject'
    }
}
