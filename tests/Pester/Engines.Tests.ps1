# -Engine on Invoke-Inpaint and Invoke-ImageEdit, with tiny models of random weights.
BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../BrushEdit.psd1') -Force
    Import-Module (Join-Path $PSScriptRoot 'TestSupport.psm1') -Force
    $modelsBefore = $env:BRUSHEDIT_MODELS
    $env:BRUSHEDIT_MODELS = Join-Path $TestDrive 'models'
    New-TinyModel -Path (Join-Path $env:BRUSHEDIT_MODELS 'tiny') -Kind Bundle
    $PSDefaultParameterValues = @{ 'Invoke-Inpaint:Model' = 'tiny'; 'Invoke-Inpaint:Steps' = 2; 'Invoke-Inpaint:Device' = 'cpu'; 'Invoke-ImageEdit:Model' = 'tiny'; 'Invoke-ImageEdit:Steps' = 2; 'Invoke-ImageEdit:Device' = 'cpu' }
    $folder = (New-Item -ItemType Directory (Join-Path $TestDrive 'fill')).FullName
    $photo = Join-Path $folder 'photo.png'
    New-ToyScene -Seed 3 -Width 80 -Height 64 | Export-EditImage -Path $photo
    $mask = New-EditMask -Ellipse 20, 16, 30, 30 -Width 80 -Height 64
    $fill = @{ Caption = 'a red ball'; Seed = 1 }
}

AfterAll {
    Clear-EditModel
    $env:BRUSHEDIT_MODELS = $modelsBefore
}

Describe 'Invoke-Inpaint -Engine' {
    It 'fills a mask with <_>, and the file tells so' -ForEach 'BlendedLatent', 'SDEdit' {
        $edit = Invoke-Inpaint $photo -Mask $mask @fill -Engine $_
        $usual = Invoke-Inpaint $photo -Mask $mask @fill
        $edit.Result.SameSamples($usual.Result) | Should -BeFalse
        $null = $edit | Export-EditImage -Path $folder/$_.png
        (Import-EditImage $folder/$_.png).Parameters['models'] | Should -Be "Inpaint: ${_}: tiny"
        $was = $edit.Picture.ToRgb()
        $is = $edit.Result.ToRgb()
        $weight = $mask.ToFloats()
        (0..($was.Length - 1)).Where({ $was[$_] -ne $is[$_] -and $weight[[System.Math]::Floor($_ / 3)] -eq 0 }) | Should -BeNullOrEmpty
    }

    It 'edits from caption to caption with <_>, on the whole picture' -ForEach 'DdimP2P', 'NullTextP2P', 'DirectP2P' {
        $edit = Invoke-Inpaint $photo -CaptionBefore 'a ball' -Caption 'a cube' -Engine $_ -BlendWord ball, cube -WordScale @{ cube = 2 } -SelfReplace 0.5
        $edit.Mask.IsFull | Should -BeTrue
        $edit.Result.Width, $edit.Result.Height | Should -Be 80, 64
        $edit.Settings.Sampler | Should -Be 'DDIM'
        $edit.Settings.CaptionBefore | Should -Be 'a ball'
    }

    It 'warns where an edit''s own mask is not used' {
        $made = Get-Outcome { New-ToyScene -Seed 4 -Width 64 -Height 64 | Invoke-Inpaint -CaptionBefore 'a ball' -Engine DdimP2P }
        $made.Errors | Should -BeNullOrEmpty
        "$($made.Warnings)" | Should -Match 'mask is not used'
    }

    It 'refuses by name what an engine has no use for: <What>' -ForEach @(
        @{ What = 'a mask'; With = @{ Engine = 'DdimP2P'; Mask = 'm.png'; CaptionBefore = 'a ball' }; Words = 'DdimP2P', 'Mask' }
        @{ What = 'a larger canvas'; With = @{ Engine = 'InstructPix2Pix'; Extend = 8 }; Words = 'InstructPix2Pix', 'Extend' }
        @{ What = 'samples'; With = @{ Engine = 'DirectP2P'; Samples = 2 }; Words = 'DirectP2P', 'Samples' }
        @{ What = 'a strength'; With = @{ Strength = 0.5 }; Words = 'BrushNet', 'Strength' }
        @{ What = 'guidance in an interval'; With = @{ Engine = 'DdimP2P'; GuidanceEnd = 0.5; CaptionBefore = 'a ball' }; Words = 'DdimP2P', 'GuidanceEnd' }
        @{ What = 'inner blocks on some steps'; With = @{ Engine = 'NullTextP2P'; DeepCache = 2; CaptionBefore = 'a ball' }; Words = 'NullTextP2P', 'DeepCache' }
        @{ What = 'skipped steps'; With = @{ Engine = 'Server'; Endpoint = 'http://localhost:1/v1'; SkipSteps = 1; Steps = 50 }; Words = 'Server', 'SkipSteps' }
        @{ What = 'a suppression of attention'; With = @{ Engine = 'Server'; Endpoint = 'http://localhost:1/v1'; EraseMode = 'Graded'; Steps = 50 }; Words = 'Server', 'Erase' }
        @{ What = 'a BrushNet'; With = @{ Engine = 'SDEdit'; BrushNet = 'tiny' }; Words = 'SDEdit', 'BrushNet' }
        @{ What = 'a ControlNet'; With = @{ ControlNet = 'tiny' }; Words = 'BrushNet', 'ControlNet' }
        @{ What = 'an endpoint'; With = @{ Engine = 'SDEdit'; Endpoint = 'http://localhost:1/v1' }; Words = 'SDEdit', 'Endpoint' }
        @{ What = 'a guidance'; With = @{ Engine = 'Server'; Endpoint = 'http://localhost:1/v1'; GuidanceScale = 3; Steps = 50 }; Words = 'Server', 'GuidanceScale' }
        @{ What = 'steps'; With = @{ Engine = 'Server'; Endpoint = 'http://localhost:1/v1'; Steps = 3 }; Words = 'Server', 'Steps' }
    ) {
        $fault = Get-OnlyError { Invoke-Inpaint $photo -Caption 'a red ball' @With }
        $fault.FullyQualifiedErrorId | Should -BeLike 'BadArgument,*'
        foreach ($word in $Words) { $fault.Exception.Message | Should -Match $word }
    }

    It 'says which model an engine needs' {
        $fault = Get-OnlyError { Invoke-Inpaint $photo -Mask $mask @fill -Engine SDInpainting }
        $fault.Exception.Message | Should -Match 'but a base model for inpainting is needed'
    }

    It 'asks for the caption before' {
        $fault = Get-OnlyError { Invoke-Inpaint $photo @fill -Engine DirectP2P }
        $fault.ErrorDetails.RecommendedAction | Should -Match '-CaptionBefore'
    }

    It 'loads nothing with -WhatIf' {
        Clear-EditModel
        Invoke-Inpaint $photo -Mask $mask @fill -Engine SDEdit -WhatIf | Should -BeNullOrEmpty
        Get-EditModel -Loaded | Should -BeNullOrEmpty
    }

    It 'completes the engines, and the base models of the one that is typed' {
        $line = 'Invoke-Inpaint -Engine '
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Contain 'BlendedLatent'
        $line = 'Invoke-Inpaint -Engine SDInpainting -Model '
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Not -Contain 'tiny'
    }

    It 'tells that a server is not there' {
        $fault = Get-OnlyError { Invoke-Inpaint $photo -Mask $mask -Caption 'a red ball' -Engine Server -Steps 50 -Endpoint http://127.0.0.1:9/v1 -ServerSize 256 -TimeoutSec 20 }
        $fault.FullyQualifiedErrorId | Should -BeLike 'ServiceFailed,*'
        $fault.Exception.Message | Should -Match 'cannot be reached'
    }
}

Describe 'Invoke-ImageEdit -Engine' {
    It 'edits by words without a detector, from the caption before to the plan''s' {
        $edit = Invoke-ImageEdit $photo 'make it night' -CaptionBefore 'a street by day' -Engine DirectP2P
        $edit.Detections | Should -BeNullOrEmpty
        $edit.Mask.IsFull | Should -BeTrue
        $edit.Settings.CaptionBefore | Should -Be 'a street by day'
        $edit.Settings.Caption | Should -Be $edit.Plan.Caption
    }

    It 'writes a batch with another engine, and makes it anew with a third' {
        $first = Invoke-ImageEdit $photo -Caption 'a red ball' -EditType Global -Engine SDEdit -Directory $folder/batch -Seed 1
        $first.Status | Should -Be 'Done'
        $again = Invoke-ImageEdit $photo -Caption 'a red ball' -EditType Global -Engine SDEdit -Directory $folder/batch -Seed 1 -Resume
        $again.Status | Should -Be 'Skipped'
        $other = Invoke-ImageEdit $photo -Caption 'a red ball' -EditType Global -Engine BlendedLatent -Directory $folder/batch -Seed 1 -Resume
        $other.Status | Should -Be 'Done'
    }

    It 'refuses to shape a mask for an engine that takes none' {
        $fault = Get-OnlyError { Invoke-ImageEdit $photo 'remove the ball' -CaptionBefore 'a ball' -Engine DdimP2P -Grow 3 }
        $fault.Exception.Message | Should -Match 'DdimP2P.*Grow'
    }
}
