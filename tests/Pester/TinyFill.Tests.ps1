# Invoke-Inpaint and the models it holds, with a tiny bundle of random weights: what it fills is noise, but everything around is real.
BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../BrushEdit.psd1') -Force
    Import-Module (Join-Path $PSScriptRoot 'TestSupport.psm1') -Force
    $modelsBefore = $env:BRUSHEDIT_MODELS
    $env:BRUSHEDIT_MODELS = Join-Path $TestDrive 'models'
    $bundle = Join-Path $env:BRUSHEDIT_MODELS 'tiny'
    New-TinyModel -Path $bundle -Kind Bundle
    $PSDefaultParameterValues = @{ 'Invoke-Inpaint:Model' = 'tiny'; 'Invoke-Inpaint:Steps' = 2; 'Invoke-Inpaint:Device' = 'cpu' }
    $small = @{ Width = 64; Height = 64 }
}

AfterAll {
    Clear-EditModel
    $env:BRUSHEDIT_MODELS = $modelsBefore
}

Describe 'Invoke-Inpaint' {
    BeforeAll {
        $folder = (New-Item -ItemType Directory (Join-Path $TestDrive 'fill')).FullName
        foreach ($name in 'photo.png', 'p1.png', 'p3.png', 'p[4].png') {
            New-ToyScene -Seed 3 -Width 80 -Height 64 | Export-EditImage -Path (Join-Path $folder $name)
        }

        New-EditMask -Ellipse 20, 16, 30, 30 -Width 80 -Height 64 | Export-EditImage -Path "$folder/mask.png"
        New-EditMask -Box 2, 2, 4, 4 -Width 8 -Height 8 | Export-EditImage -Path "$folder/small.png"
    }

    It 'writes a file that tells how it was made, and its parameters make it again' {
        $made = Get-Outcome { Invoke-Inpaint -Path $folder/photo.png -Mask $folder/mask.png -Caption 'a red ball' -Verbose | Export-EditImage -Directory $folder/out }
        $made.Errors | Should -BeNullOrEmpty
        $made.Output.FullName | Should -Be ([System.IO.Path]::Combine($folder, 'out', 'photo.png'))

        $after = Import-EditImage $folder/out/photo.png
        $told = $after.Parameters
        $told['caption'], $told['steps'], $told['sampler'], $told['models'] | Should -Be 'a red ball', '2', 'UniPC', 'Inpaint: tiny'
        "$($made.Verbose)" | Should -Match "seed $($told['seed'])"

        $was = (Import-EditImage $folder/photo.png).Picture.ToRgb()
        $is = $after.Picture.ToRgb()
        $weight = (New-EditMask -Path $folder/mask.png).ToFloats()
        $is.Length | Should -Be $was.Length
        $inside = 0
        $outside = 0
        for ($i = 0; $i -lt $is.Length; $i++) {
            if ($was[$i] -ne $is[$i]) {
                if ($weight[[System.Math]::Floor($i / 3)] -gt 0) { $inside++ } else { $outside++ }
            }
        }

        $outside | Should -Be 0
        $inside | Should -BeGreaterThan 500
        $fill = @{ Mask = "$folder/mask.png"; Caption = 'a red ball' }
        (Invoke-Inpaint $folder/photo.png @fill -Seed $told['seed']).Result.SameSamples($after.Picture) | Should -BeTrue
        (Invoke-Inpaint $folder/photo.png @fill -Seed 77).Result.SameSamples($after.Picture) | Should -BeFalse
    }

    It 'takes a scene''s picture, mask and caption by their names' {
        $scene = New-ToyScene -Seed 4 @small
        $edit = $scene | Invoke-Inpaint -Seed 5
        $edit.Seed | Should -Be 5
        $edit.Mask.SameAs($scene.Mask) | Should -BeTrue
        $edit.Settings.Caption | Should -Be $scene.Caption
    }

    It 'does a table of jobs row by row' {
        $done = Get-Outcome {
            [pscustomobject] @{ Path = "$folder/p1.png"; Mask = "$folder/mask.png"; Caption = 'one' },
            [pscustomobject] @{ Path = "$folder/gone.png"; Mask = "$folder/mask.png"; Caption = 'two' },
            [pscustomobject] @{ Path = "$folder/p3.png"; Mask = "$folder/mask.png"; Caption = 'three' } | Invoke-Inpaint
        }
        $done.Output.Settings.Caption | Should -Be 'one', 'three'
        $done.Errors.Count | Should -Be 1
        $done.Errors[0].FullyQualifiedErrorId | Should -BeLike 'NotFound,*'
    }

    It 'goes on after a bad file, with wildcards and a folder of masks' {
        Set-Content $folder/p2.png 'no picture'
        foreach ($name in 'p1', 'p3', 'p[4]') {
            New-EditMask -Path $folder/mask.png | Export-EditImage -Directory $folder/masks -Name $name
        }

        $done = Get-Outcome { Invoke-Inpaint $folder/p?.png -Mask $folder/masks -Caption x; Invoke-Inpaint -LiteralPath "$folder/p[4].png" -Mask $folder/masks -Caption x }
        $done.Output.Name | Should -Be 'p1.png', 'p3.png', 'p[4].png'
        $done.Errors.Count | Should -Be 1
        $done.Errors[0].FullyQualifiedErrorId | Should -BeLike 'BadPicture,*'
    }

    It 'passes an edit that is filled on unless it is forced' {
        $first = New-ToyScene -Seed 4 @small | Invoke-Inpaint -Seed 1
        ($first | Invoke-Inpaint -Caption x -Seed 2).Seed | Should -Be 1
        ($first | Invoke-Inpaint -Caption x -Seed 2 -Force).Seed | Should -Be 2
        (Get-Outcome { $first | Invoke-Inpaint -Verbose }).Verbose -like '*-Force*' | Should -Not -BeNullOrEmpty
    }

    It 'gives samples seeds and files of their own' {
        $files = New-ToyScene -Seed 4 @small | Invoke-Inpaint -Seed 40 -Samples 2 | Export-EditImage -Directory $folder/samples -Name s -All
        $files.Name | Should -Be 's-40.png', 's-41.png'
        (Import-EditImage $folder/samples/s-41.png).Parameters['seed'] | Should -Be '41'
    }

    It 'leaves out passes where it is asked to, tells it, and makes it again' {
        $saving = @{ GuidanceStart = 0.1; GuidanceEnd = 0.8; DeepCache = 2; SkipSteps = 1 }
        $fill = @{ Mask = "$folder/mask.png"; Caption = 'a red ball'; Steps = 10; GuidanceScale = 4; Seed = 3 }
        $full = Invoke-Inpaint $folder/photo.png @fill
        $file = Invoke-Inpaint $folder/photo.png @fill @saving -Erase | Export-EditImage -Path $folder/saved.png
        $told = (Import-EditImage $file).Parameters
        $told['guidanceStart'], $told['guidanceEnd'], $told['deepCache'], $told['skipSteps'] | Should -Be '0.1', '0.8', '2', '1'
        (Import-EditImage ($full | Export-EditImage -Path $folder/full.png)).Parameters.Keys | Should -Not -Contain 'deepCache'
        $again = Invoke-Inpaint $folder/photo.png @fill @saving -Erase -LowMemory
        $again.Result.SameSamples((Import-EditImage $file).Picture) | Should -BeTrue
        $again.Result.SameSamples($full.Result) | Should -BeFalse
        $full.Result.SameSamples((Invoke-Inpaint $folder/photo.png @fill -GuidanceStart 0 -GuidanceEnd 1 -DeepCache 1 -SkipSteps 0).Result) | Should -BeTrue
    }

    It 'suppresses what was removed as it is told, and tells it' {
        $fill = @{ Mask = "$folder/mask.png"; Caption = 'a red ball'; Steps = 3; Seed = 3 }
        $none = Invoke-Inpaint $folder/photo.png @fill
        $full = Invoke-Inpaint $folder/photo.png @fill -Erase
        $graded = Invoke-Inpaint $folder/photo.png @fill -EraseMode Graded
        $full.Result.SameSamples($none.Result), $graded.Result.SameSamples($none.Result), $graded.Result.SameSamples($full.Result) | Should -Be $false, $false, $false
        $full.Result.SameSamples((Invoke-Inpaint $folder/photo.png @fill -Erase -EraseMode Full).Result) | Should -BeTrue
        $graded.Result.SameSamples((Invoke-Inpaint $folder/photo.png @fill -Erase -EraseMode Graded -LowMemory).Result) | Should -BeTrue
        $none.Result.SameSamples((Invoke-Inpaint $folder/photo.png @fill -Erase:$false -EraseMode Graded).Result) | Should -BeTrue
        (Import-EditImage ($graded | Export-EditImage -Path $folder/graded.png)).Parameters['erase'] | Should -Be 'Graded'
        (Import-EditImage ($none | Export-EditImage -Path $folder/ungraded.png)).Parameters.Keys | Should -Not -Contain 'erase'
    }

    It 'says what is wrong with <Code>' -ForEach @(
        @{ Code = { Invoke-Inpaint $folder/photo.png -Caption x }; Id = 'MissingStage'; Remedy = '-Mask' }
        @{ Code = { Invoke-Inpaint $folder/photo.png -Mask $folder/mask.png }; Id = 'MissingStage'; Remedy = '-Caption' }
        @{ Code = { Invoke-Inpaint $folder/photo.png -Caption x -WhatIf }; Id = 'MissingStage'; Remedy = '-Mask' }
        @{ Code = { Invoke-Inpaint $folder/photo.png -Mask $folder/none.png -Caption x }; Id = 'NotFound'; Remedy = '' }
        @{ Code = { Invoke-Inpaint $folder/photo.png -Mask $folder/small.png -Caption x }; Id = 'BadMask'; Remedy = '-Fit' }
        @{ Code = { Invoke-Inpaint $folder/photo.png -Mask 7 -Caption x }; Id = 'BadArgument'; Remedy = 'New-EditMask' }
        @{ Code = { Invoke-Inpaint $folder/photo.png -Mask $folder/mask.png -Caption x -Sampler Nonsense }; Id = 'BadArgument'; Remedy = 'UniPC' }
        @{ Code = { Invoke-Inpaint $folder/photo.png -Mask $folder/mask.png -Caption x -ConditioningStart 0.8 -ConditioningEnd 0.2 }; Id = 'BadArgument'; Remedy = '' }
        @{ Code = { Invoke-Inpaint $folder/photo.png -Mask $folder/mask.png -Caption x -GuidanceStart 0.8 -GuidanceEnd 0.2 }; Id = 'BadArgument'; Remedy = "a number from GuidanceStart to 1" }
        @{ Code = { Invoke-Inpaint $folder/photo.png -Mask $folder/mask.png -Caption x -SkipSteps 1 -Steps 5 }; Id = 'BadArgument'; Remedy = '6 steps or more' }
        @{ Code = { Invoke-Inpaint $folder/photo.png -Mask $folder/mask.png -Caption x -DeepCache 0 }; Id = 'ParameterArgumentValidationError'; Remedy = '' }
        @{ Code = { Invoke-Inpaint $folder/photo.png -Mask $folder/mask.png -Caption x -PreviewEvery 2 }; Id = 'BadArgument'; Remedy = '-PreviewPath' }
        @{ Code = { Invoke-Inpaint $folder/photo.png -Mask $folder/mask.png -Caption x -Model no-such-model }; Id = 'ModelNotFound'; Remedy = 'BRUSHEDIT_MODELS' }
        @{ Code = { Invoke-Inpaint $folder/photo.png -Mask $folder/mask.png -Caption x -BrushNet $folder }; Id = 'BadModel'; Remedy = '' }
        @{ Code = { Invoke-Inpaint $folder/photo.png -Mask $folder/mask.png -Caption x -Device cuda:99 }; Id = 'NoDevice'; Remedy = 'cpu' }
        @{ Code = { Invoke-Inpaint $folder/photo.png -Caption x -CaptionBefore y -Engine NullTextP2P -EightBitWeights }; Id = 'BadArgument'; Remedy = 'DirectP2P' }
        @{ Code = { Invoke-Inpaint $folder/photo.png -Mask $folder/mask.png -Caption x -Engine Server -Endpoint http://127.0.0.1:9/v1 -EightBitWeights }; Id = 'BadArgument'; Remedy = 'BrushNet' }
        @{ Code = { Invoke-Inpaint $folder/photo.png -Mask $folder/mask.png -Caption x -Device cpu -Precision half }; Id = 'BadArgument'; Remedy = 'bfloat16' }
    ) {
        $fault = Get-OnlyError $Code
        ($fault.FullyQualifiedErrorId -split ',')[0] | Should -Be $Id
        "$($fault.ErrorDetails.RecommendedAction)" | Should -Match ([regex]::Escape($Remedy))
    }

    It 'ends the batch at once where the model is missing' {
        $none = Get-Outcome { Invoke-Inpaint $folder/p1.png, $folder/p3.png -Mask $folder/mask.png -Caption x -Model no-such-model }
        $none.Output | Should -BeNullOrEmpty
        $none.Errors.FullyQualifiedErrorId | Should -BeLike 'ModelNotFound,*'
    }

    It 'fits a mask of another size on request' {
        "$((Invoke-Inpaint $folder/photo.png -Mask $folder/small.png -Fit -Caption x).Mask.Bounds)" | Should -Be '20,16,40,32'
    }

    It 'warns of a caption that is too long, and the warning stays' {
        $done = Get-Outcome { (New-ToyScene -Seed 4 @small).Picture | Invoke-Inpaint -Mask (New-EditMask -Box 9, 9, 20, 20 @small) -Caption ('xyzzy ' * 90) -PromptSyntax Diffusers }
        $done.Warnings | Should -Not -BeNullOrEmpty
        $done.Output.Warnings | Should -Not -BeNullOrEmpty
    }

    It 'warns once of words that it cannot normalize, and goes on' {
        $shown = Invoke-Shell -Environment @{ DOTNET_SYSTEM_GLOBALIZATION_INVARIANT = '1' } "
            `$scene = New-ToyScene -Seed 4 -Width 64 -Height 64
            foreach (`$i in 1, 2) { (`$scene | Invoke-Inpaint -Caption ('caf' + [char] 0xE9) -Model '$bundle' -Steps 1 -WarningAction SilentlyContinue).Warnings.Count }"
        $shown.Lines | Should -Be '1', '0'
        $shown.Errors | Should -BeNullOrEmpty
    }

    It 'writes and reads the same numbers under every culture' {
        $before = [cultureinfo]::CurrentCulture
        try {
            [cultureinfo]::CurrentCulture = 'de-DE'
            $told = (Import-EditImage (New-ToyScene -Seed 4 @small | Invoke-Inpaint -Seed 3 -GuidanceScale 2.5 | Export-EditImage -Path $folder/german.png).FullName).Parameters
        }
        finally {
            [cultureinfo]::CurrentCulture = $before
        }

        $same = (Import-EditImage (New-ToyScene -Seed 4 @small | Invoke-Inpaint -Seed 3 -GuidanceScale 2.5 | Export-EditImage -Path $folder/plain.png).FullName).Parameters
        $told.Keys | Should -Be $same.Keys
        $told.Values | Should -Be $same.Values
    }

    It 'shows stage and step, and takes progress off' {
        $run = Invoke-Watched "New-ToyScene -Seed 4 -Width 64 -Height 64 | Invoke-Inpaint -Model '$bundle' -Device cpu -Steps 3"
        $run.Errors | Should -BeNullOrEmpty

        # Reports that come faster than they are shown replace one another, so that only the kind is certain.
        $run.Progress | Where-Object { $_.ParentActivityId -eq 1 -and $_.StatusDescription -like '* of 3' } | Should -Not -BeNullOrEmpty
        $run.Progress | Where-Object { $_.ActivityId -eq 1 -and $_.Activity -eq 'Inpainting 64 x 64' } | Should -Not -BeNullOrEmpty
        $run.Progress | Group-Object ActivityId | ForEach-Object { $_.Group[-1].RecordType } | Sort-Object -Unique | Should -Be 'Completed'
    }

    It 'writes previews into their file' {
        $null = New-ToyScene -Seed 4 @small | Invoke-Inpaint -PreviewPath $folder/look.png -PreviewEvery 1
        (Import-EditImage $folder/look.png).Picture.Width | Should -Be 64
        $bad = Get-Outcome { New-ToyScene -Seed 4 @small | Invoke-Inpaint -PreviewPath $folder/none/look.png -PreviewEvery 1 }
        $bad.Output.Count | Should -Be 1
        $bad.Errors | Should -BeNullOrEmpty
        $bad.Warnings.Count | Should -Be 1
    }

    It 'stops within a step and leaves no file, and the session goes on' {
        $stopped = (New-Item -ItemType Directory $folder/stopped).FullName
        $command = "New-ToyScene -Seed 4 -Width 64 -Height 64 | Invoke-Inpaint -Model '$bundle' -Steps 500 -Samples 64 -Device cpu | Export-EditImage -Directory '$stopped' -Name stopped"
        $run = Invoke-Watched $command -StopWhen { $args[0].Activity -contains 'Denoising' }
        $run.IsStopped | Should -BeTrue
        $run.State | Should -Be 'Stopped'
        Get-ChildItem $stopped -Force | Should -BeNullOrEmpty
        (New-ToyScene -Seed 4 @small | Invoke-Inpaint).Result | Should -Not -BeNullOrEmpty
    }

    It 'loads neither libtorch nor weights with -WhatIf' -Skip:(-not $IsLinux) {
        $shown = Invoke-Shell "
            Invoke-Inpaint '$folder/photo.png' -Mask '$folder/mask.png' -Caption x -Model '$bundle' -WhatIf | Export-EditImage -Directory '$folder/whatif'
            @(Get-EditModel -Loaded).Count
            [bool] (Get-Content /proc/self/maps | Select-String libtorch)"
        $shown.Errors | Should -BeNullOrEmpty
        $shown.Lines[-2..-1] | Should -Be '0', 'False'
        "$folder/whatif" | Should -Not -Exist
    }

    It 'leaves no tensor behind in fifty edits' {
        $null = New-ToyScene -Seed 1 -Count 3 @small | Invoke-Inpaint
        $before = Get-TensorCount
        $null = New-ToyScene -Seed 1 -Count 50 @small | Invoke-Inpaint -Steps 1
        Get-TensorCount | Should -BeLessOrEqual $before
    }
}

Describe 'Get-EditModel and Clear-EditModel' {
    It 'list, keep and free' {
        Clear-EditModel
        $null = New-ToyScene -Seed 4 @small | Invoke-Inpaint
        (Get-EditModel -Loaded).Part | Sort-Object | Should -Be 'brushnet', 'text_encoder', 'unet', 'vae'
        Clear-EditModel -WhatIf -PassThru | Should -BeNullOrEmpty
        (Get-EditModel -Loaded | Where-Object Part -EQ vae).Memory | Should -BeGreaterThan 1MB
        Clear-EditModel other* -PassThru | Should -BeNullOrEmpty
        "$((Get-Outcome { Clear-EditModel other }).Warnings)" | Should -BeLike "*'other'*"
        @(Clear-EditModel tiny -PassThru).Count | Should -Be 4
        Get-EditModel -Loaded | Should -BeNullOrEmpty
        $null = New-ToyScene -Seed 4 @small | Invoke-Inpaint -LowMemory
        Get-EditModel -Loaded | Should -BeNullOrEmpty
    }

    It 'tell size and memory need of what is found' {
        $model = Get-EditModel tiny
        $model.Kind | Should -Be 'StableDiffusion'
        $model.Memory | Should -Be (4 * $model.Parameters)
        $model.Size | Should -BeGreaterThan 1000000
        (Get-EditModel tiny* -Kind BrushNet).Name | Should -Be 'tiny/brushnet'
        (Get-OnlyError { Get-EditModel nothing-of-the-kind }).FullyQualifiedErrorId | Should -BeLike 'NotFound,*'
        (Get-EditModel $bundle -Kind StableDiffusion).Path | Should -Be (Get-Item $bundle).FullName
    }

    It 'tell which precision each network was given' {
        Clear-EditModel
        $null = New-ToyScene -Seed 4 @small | Invoke-Inpaint -Device cpu
        (Get-EditModel -Loaded).Device | Sort-Object -Unique | Should -Be 'cpu, single'
        $single = (Get-EditModel -Loaded | Where-Object Part -EQ unet).Memory
        Clear-EditModel
        $null = New-ToyScene -Seed 4 @small | Invoke-Inpaint -Device cpu -Precision bfloat16
        $held = Get-EditModel -Loaded | Sort-Object Part
        $held.Part | Should -Be 'brushnet', 'text_encoder', 'unet', 'vae'
        $held.Device | Should -Be 'cpu, bfloat16', 'cpu, bfloat16', 'cpu, bfloat16', 'cpu, single'
        (2 * $held[2].Memory) | Should -Be $single
        Clear-EditModel
    }

    It 'tell of weights in 8 bits, and of what the networks took beside them' {
        Clear-EditModel
        $plain = (New-ToyScene -Seed 4 @small | Invoke-Inpaint -Device cpu).Result.ToRgb()
        $single = Get-EditModel -Loaded | Where-Object Part -EQ 'unet'
        $other = (New-ToyScene -Seed 4 @small | Invoke-Inpaint -Device cpu -EightBitWeights).Result.ToRgb()
        [Linq.Enumerable]::SequenceEqual([byte[]] $plain, [byte[]] $other) | Should -BeFalse
        $held = Get-EditModel -Loaded | Where-Object Part -NE 'vae' | Sort-Object Part, Device
        $held.Part | Should -Be 'brushnet', 'brushnet', 'text_encoder', 'text_encoder', 'unet', 'unet'
        $held.Device | Should -Be (@('cpu, single', 'cpu, single, 8-bit weights') * 3)
        $held[5].Memory | Should -BeLessThan $single.Memory
        (Get-EditModel -Loaded | Where-Object Part -EQ 'vae').Device | Should -Be 'cpu, single'
        if ($IsLinux -and $null -ne $single.Activations) { $single.Activations | Should -BeGreaterOrEqual 0 }
        Clear-EditModel
    }

    It 'tell of broken models with -Verbose' {
        $broken = Join-Path $env:BRUSHEDIT_MODELS 'old.ckpt'
        Set-Content $broken 'pickle'
        try { (Get-Outcome { Get-EditModel -Verbose }).Verbose -like '*old.ckpt*' | Should -Not -BeNullOrEmpty } finally { Remove-Item $broken }
    }
}

Describe 'Completion' {
    It 'completes <Typed>' -ForEach @(
        @{ Typed = 'Invoke-Inpaint -Sampler Eu'; Completion = 'Euler' }
        @{ Typed = 'Invoke-Inpaint -Sampler DPM'; Completion = "'DPM++2M'" }
        @{ Typed = 'Invoke-Inpaint -Device c'; Completion = 'cpu' }
        @{ Typed = 'Invoke-Inpaint -Precision h'; Completion = 'half' }
        @{ Typed = 'Invoke-Inpaint -Model ti'; Completion = 'tiny' }
        @{ Typed = 'Invoke-Inpaint -BrushNet ti'; Completion = 'tiny/brushnet' }
        @{ Typed = 'Get-EditModel ti'; Completion = 'tiny' }
        @{ Typed = 'New-ToyScene -Light d'; Completion = 'day' }
        @{ Typed = 'Export-EditImage -Content Over'; Completion = 'Overlay' }
    ) {
        (TabExpansion2 $Typed $Typed.Length).CompletionMatches.CompletionText | Should -Contain $Completion
    }
}

Describe 'The first example' {
    It 'writes what its check wants, and the check sees what is wrong' {
        $root = Join-Path $PSScriptRoot '../..' -Resolve
        $folder = Join-Path $TestDrive 'example'
        $made = Invoke-Shell -File $root/examples/first-edit.ps1 -ArgumentList '-OutputFolder', $folder, '-Model', $bundle, '-Steps', '2'
        $made.Code | Should -Be 0
        $made.Errors | Should -BeNullOrEmpty
        $good = Invoke-Shell -File $root/.ci/check-first-edit.ps1 -ArgumentList '-Folder', $folder
        $good.Code | Should -Be 0 -Because $good.Output

        Import-EditImage $folder/addition.png | Export-EditImage -Path $folder/removal.png -Content Picture -Force
        $bad = Invoke-Shell -File $root/.ci/check-first-edit.ps1 -ArgumentList '-Folder', $folder
        $bad.Code | Should -Be 1
        $bad.Lines -like 'NOT SO: removal.png equals the scene outside the mask*' | Should -Not -BeNullOrEmpty
    }
}
