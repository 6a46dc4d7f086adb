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
        $outline.Plan = (Get-EditPlan $photo 'replace the fish with a tree').Plan
        $roomy = $outline | Edit-MaskForType
        "$(($outline | Edit-MaskForType -KeepOutline).Mask.Bounds)" | Should -Be '40,60,50,20'
        $roomy.Mask.Bounds.Height | Should -BeGreaterThan 50
        $outline.Plan = (Get-EditPlan $photo 'replace the fish with a red fish').Plan
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

    It 'takes a reflection along where one is seen, and tells it' {
        $outline = Import-EditImage $photo | New-EditMask -Box $scene.Box
        $with = $outline | Edit-MaskForType -EditType Remove -Grow 1 -WithReflection
        $with.ShapedWith.WithReflection | Should -BeTrue
        ($outline | Edit-MaskForType -EditType Remove -Grow 1).ShapedWith.WithReflection | Should -BeFalse
        { Invoke-ImageEdit $photo 'make it night' -CaptionBefore 'a room' -Engine InstructPix2Pix -WithReflection -ErrorAction Stop } | Should -Throw '*does not support WithReflection*'
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

# With a detector and a segmenter of random weights: what is found and outlined is noise, and everything around it is real.
Describe 'The stages, with tiny models' {
    BeforeAll {
        Import-Module (Join-Path $PSScriptRoot 'TestSupport.psm1') -Force
        $dino = Join-Path $TestDrive 'tiny-dino'
        $sam = Join-Path $TestDrive 'tiny-sam'
        New-TinyModel -Path $dino -Kind Detector
        New-TinyModel -Path $sam -Kind Segmenter
        $PSDefaultParameterValues = @{ 'Find-Object:Model' = $dino; 'Get-SegmentMask:Model' = $sam }
        $photo = Join-Path $TestDrive 'small/photo.png'
        New-ToyScene -Seed 3 -Width 64 -Height 48 | Export-EditImage -Path $photo
    }

    BeforeEach {
        $folder = (New-Item -ItemType Directory (Join-Path $TestDrive ([guid]::NewGuid()))).FullName
    }

    It 'finds boxes and draws them' {
        $found = Find-Object $photo -Text 'red ball. dog' -Threshold 0 -Top 2
        ($found | Export-EditImage -Directory $folder -Content Detections).Name | Should -Be 'photo-detections.png'
        $found.Phrases.Phrase | Should -Be 'red ball', 'dog'
        $found.Detections.Count | Should -BeIn 1, 2, 3, 4
        $found.Models | Should -Contain 'FindObject: tiny-dino'
        (Import-EditImage $folder/photo-detections.png).Picture.SameSamples($found.Picture) | Should -BeFalse
    }

    It 'warns where nothing is found, and the next stage says for what' {
        $none = Get-Outcome { Find-Object $photo -Text 'red ball' -Threshold 1 }
        $none.Output.Detections.Count | Should -Be 0
        $none.Output.Warnings.Count | Should -Be 1
        $none.Warnings.Count | Should -Be 1
        $none.Warnings[0] | Should -Match "'red ball'.*best score is 0\.\d+"
        $edit = $none.Output[0]
        $fault = Get-OnlyError { $edit | Get-SegmentMask }
        $fault.FullyQualifiedErrorId | Should -BeLike 'MissingStage,*'
        $fault.Exception.Message | Should -Match "'red ball'"
    }

    It 'reports <Id> for <Code>' -ForEach @(
        @{ Id = 'MissingStage'; Code = { Find-Object $photo } }
        @{ Id = 'BadArgument'; Code = { Find-Object $photo -Text '' } }
        @{ Id = 'BadArgument'; Code = { Find-Object $photo -Text ' . ' } }
        @{ Id = 'BadArgument'; Code = { Find-Object $photo -Text ball -All -Top 2 } }
        @{ Id = 'BadModel'; Code = { Find-Object $photo -Text ball -Model $sam } }
        @{ Id = 'ModelNotFound'; Code = { Find-Object $photo -Text ball -Model $folder/nothing } }
        @{ Id = 'NoDevice'; Code = { Find-Object $photo -Text ball -Device cuda:77 } }
        @{ Id = 'NotFound'; Code = { Find-Object $folder/nothing.png -Text ball } }
        @{ Id = 'MissingStage'; Code = { Get-SegmentMask $photo } }
        @{ Id = 'ParameterArgumentTransformationError'; Code = { Get-SegmentMask $photo -Box 5, 5, 0, 0 } }
        @{ Id = 'BadArgument'; Code = { Get-SegmentMask $photo -Box 500, 5, 10, 10 } }
        @{ Id = 'BadArgument'; Code = { Get-SegmentMask $photo -Point 64, 5 } }
        @{ Id = 'BadArgument'; Code = { Get-SegmentMask $photo -Exclude 5, 5 } }
        @{ Id = 'BadModel'; Code = { Get-SegmentMask $photo -Box 5, 5, 9, 9 -Model $dino } }
        @{ Id = 'BadMask'; Code = { Get-SegmentMask $photo -Mask (New-EditMask -Box 1, 1, 5, 5 -Width 9 -Height 9) } }
        @{ Id = 'BadArgument'; Code = { Get-SegmentMask $photo -Box 5, 5, 9, 9 -Separate -MaskFolder $folder } }
        @{ Id = 'MissingStage'; Code = { Edit-MaskForType $photo } }
        @{ Id = 'MissingStage'; Code = { Edit-MaskForType $photo -EditType Remove } }
        @{ Id = 'MissingStage'; Code = { Edit-MaskForType $photo -EditType Addition } }
        @{ Id = 'BadArgument'; Code = { Edit-MaskForType $photo -EditType Addition -Box 900, 5, 4, 4 } }
        @{ Id = 'BadArgument'; Code = { Edit-MaskForType $photo -EditType Global -Box 5, 5, 4, 4 } }
        @{ Id = 'BadArgument'; Code = { New-ToyScene -Seed 1 -EditType Global -Width 64 -Height 64 | Edit-MaskForType -MaskFolder $folder } }
    ) {
        (Get-OnlyError $Code).FullyQualifiedErrorId | Should -BeLike "$Id,*"
    }

    It 'looks for what the plan says' {
        $edit = Import-EditImage $photo
        $edit.Plan = @{ EditType = 'Local'; Target = 'dog' }
        ($edit | Find-Object -Threshold 0).Phrases.Phrase | Should -Be 'dog'
        $edit.Plan = @{ EditType = 'Global'; Target = '' }
        ($edit | Find-Object | Get-SegmentMask).Mask | Should -BeNullOrEmpty
        $edit.Plan = @{ EditType = 'Background'; Target = 'the background' }
        (Get-OnlyError { $edit | Find-Object }).Exception.Message | Should -Match 'foreground'
    }

    It 'keeps detections that are there until -Force or other words' {
        $first = Find-Object $photo -Text dog -Threshold 0
        [object]::ReferenceEquals(($first | Find-Object -Text dog), $first) | Should -BeTrue
        ($first | Find-Object -Text ball -Threshold 0).Phrases.Phrase | Should -Be 'ball'
        [object]::ReferenceEquals(($first | Find-Object -Text dog -Force), $first) | Should -BeFalse
        $first.Detections = @($first.Detections[0])
        $first.Overrides | Should -Be 'Detections'
        $first.Detections = @{ Box = '1,2,30,40'; Phrase = 'cat' }
        "$($first.Detections[0].Box) $($first.Detections.Phrase)" | Should -Be '1,2,30,40 cat'
        $first.Detections = @()
        $first.Detections.Count | Should -Be 0
    }

    It 'outlines things together, apart or with candidates' {
        $two = Get-SegmentMask $photo -Box @(2, 2, 30, 30), @(30, 10, 30, 30) -MinArea 0 -WarningAction SilentlyContinue
        $two.MaskCandidates.Count | Should -Be 2
        "$($two.Mask.Width) x $($two.Mask.Height)" | Should -Be '64 x 48'
        $two.MaskCandidates[0].Mask.Union($two.MaskCandidates[1].Mask).SameAs($two.Mask) | Should -BeTrue
        (Get-SegmentMask $photo -Point 30, 20 -Candidates -MinArea 0).MaskCandidates.Count | Should -Be 3
        @(Get-SegmentMask $photo -Box @(2, 2, 30, 30), @(30, 10, 30, 30) -Separate -MinArea 0 -WarningAction SilentlyContinue).Count | Should -Be 2
        $two.Mask = $two.MaskCandidates[1].Mask
        $two.Overrides | Should -Be 'Mask'
        $clipped = Get-Outcome { Get-SegmentMask $photo -Box '-5,-5,40,40' -MinArea 0 }
        $clipped.Errors | Should -BeNullOrEmpty
        $clipped.Warnings.Count | Should -Be 1
        $clipped.Warnings[0] | Should -Match 'extends beyond'
    }

    It 'shapes the mask for the kind of edit, and only once' {
        $outline = Import-EditImage $photo | New-EditMask -Box 20, 15, 20, 15
        $remove = $outline | Edit-MaskForType -EditType Remove
        "$($remove.Mask.Bounds)" | Should -Be '18,13,24,19'
        [object]::ReferenceEquals(($remove | Edit-MaskForType -EditType Remove), $remove) | Should -BeTrue
        "$(($remove | Edit-MaskForType -EditType Remove -Force).Mask.Bounds)" | Should -Be '18,13,24,19'
        "$(($remove | Edit-MaskForType -EditType Local).Mask.Bounds)" | Should -Be '20,15,20,15'
        ($outline | Edit-MaskForType -EditType Background -EdgeReach 0).Mask.SameAs($outline.Mask.Invert()) | Should -BeTrue
        (Edit-MaskForType $photo -EditType Global).Mask.IsFull | Should -BeTrue
        "$((Edit-MaskForType $photo -EditType Addition -Box 4, 5, 20, 22).Mask.Bounds)" | Should -Be '4,5,20,22'
        ($outline | Edit-MaskForType -EditType Local -Soften 3).Mask.IsHard | Should -BeFalse
        $remove.Overrides | Should -BeNullOrEmpty
    }

    It 'takes kind and box of a scene' {
        $scene = New-ToyScene -Seed 5 -Width 64 -Height 64 -EditType Addition
        $made = $scene | Edit-MaskForType
        $made.ShapedFor | Should -Be 'Addition'
        $made.Mask.Bounds.IoU($scene.Box) | Should -BeGreaterOrEqual 0.8
    }

    It 'warns of a mask that is too fine for the model' {
        $thin = Get-Outcome { Import-EditImage $photo | New-EditMask -Box 5, 5, 50, 2 | Edit-MaskForType -EditType Local }
        $thin.Warnings.Count | Should -Be 1
        $thin.Warnings[0] | Should -Match '-Grow'
        $thin.Output.Warnings.Count | Should -Be 1
    }

    It 'goes on with corrected masks in a batch that was stopped after its masks' {
        $outline = @{ Box = 10, 10, 30, 25; MinArea = 0; MaskFolder = $folder; WarningAction = 'SilentlyContinue' }
        $shape = @{ EditType = 'Remove'; MaskFolder = $folder; WarningAction = 'SilentlyContinue' }
        $first = Get-SegmentMask $photo @outline | Edit-MaskForType @shape
        "$folder/photo.outline.png" | Should -Exist
        "$folder/photo.mask.png" | Should -Exist

        # Nothing was corrected: the same mask again, and no override.
        $again = Get-SegmentMask $photo @outline | Edit-MaskForType @shape
        $again.Mask.SameAs($first.Mask) | Should -BeTrue
        $again.Overrides.Count | Should -Be 0

        # Painted over, by whatever program.
        New-EditMask -Box 8, 8, 16, 16 -Width 64 -Height 48 | Export-EditImage -Path $folder/photo.mask.png -Force
        $mended = Import-EditImage $photo | Edit-MaskForType @shape
        "$($mended.Mask.Bounds)" | Should -Be '8,8,16,16'
        "$($mended.Overrides)" | Should -Match 'photo\.mask\.png'
        "$((Get-SegmentMask $photo -MaskFolder $folder -Model $folder/nothing).Mask.Bounds)" | Should -Be '8,8,16,16'

        # Force computes again, and -WhatIf writes nothing.
        $null = Get-SegmentMask $photo @outline -Force | Edit-MaskForType @shape -Force -WhatIf
        "$((New-EditMask -Path $folder/photo.mask.png).Bounds)" | Should -Be '8,8,16,16'
    }

    It 'does not let two pictures of one name share a mask' {
        $null = New-Item -ItemType Directory $folder/other
        Copy-Item $photo $folder/other/photo.png
        $done = Get-Outcome { $photo, "$folder/other/photo.png" | Edit-MaskForType -EditType Global -MaskFolder $folder }
        $done.Output.Count | Should -Be 1
        $done.Errors.Count | Should -Be 1
        $done.Errors[0].Exception.Message | Should -Match 'share'
    }

    It 'keeps models for the session, and lists them' {
        Clear-EditModel
        $null = Find-Object $photo -Text dog -WarningAction SilentlyContinue
        $null = Get-SegmentMask $photo -Box 5, 5, 20, 20 -MinArea 0 -WarningAction SilentlyContinue
        'tiny-dino', 'tiny-sam' | Should -BeIn (Get-EditModel -Loaded).Name
        $null = Find-Object $photo -Text dog -LowMemory -WarningAction SilentlyContinue
        Get-EditModel -Loaded | Should -BeNullOrEmpty
    }

    It 'keeps what a segmenter made of a picture, with -LowMemory too, until Clear-EditModel' {
        Clear-EditModel
        $first = Get-SegmentMask $photo -Box 5, 5, 20, 20 -MinArea 0 -LowMemory -WarningAction SilentlyContinue
        $second = Get-SegmentMask $photo -Box 5, 5, 20, 20 -MinArea 0 -LowMemory -WarningAction SilentlyContinue
        $first.Mask.SameAs($second.Mask) | Should -BeTrue
        Get-EditModel -Loaded | Should -BeNullOrEmpty
        Clear-EditModel -WhatIf
        "$((Get-Outcome { Clear-EditModel other* -Verbose }).Verbose)" | Should -Not -Match 'embeddings'
        "$((Get-Outcome { Clear-EditModel tiny-sam -Verbose }).Verbose)" | Should -Match 'Freed the embeddings of pictures by tiny-sam'
        "$((Get-Outcome { Clear-EditModel -Verbose }).Verbose)" | Should -Not -Match 'embeddings'
    }
}
