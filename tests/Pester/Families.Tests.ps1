# Models of two families, with tiny bundles of random weights: what goes together fills, what does not is refused by name.
BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../BrushEdit.psd1') -Force
    Import-Module (Join-Path $PSScriptRoot 'TestSupport.psm1') -Force
    $modelsBefore = $env:BRUSHEDIT_MODELS
    $env:BRUSHEDIT_MODELS = Join-Path $TestDrive 'models'
    New-TinyModel -Path (Join-Path $env:BRUSHEDIT_MODELS 'tiny') -Kind Bundle
    New-TinyModel -Path (Join-Path $env:BRUSHEDIT_MODELS 'tiny-xl') -Kind Sdxl
    $PSDefaultParameterValues = @{ 'Invoke-Inpaint:Steps' = 2; 'Invoke-Inpaint:Seed' = 5; 'Invoke-Inpaint:Device' = 'cpu' }
    $scene = New-ToyScene -Seed 4 -Width 64 -Height 64
    function Invoke-Xl {
        $scene | Invoke-Inpaint -Model tiny-xl -Sampler Euler @args
    }
}

AfterAll {
    Clear-EditModel
    $env:BRUSHEDIT_MODELS = $modelsBefore
}

Describe 'Stable Diffusion XL' {
    It 'fills, and tells its models' {
        $edit = $scene | Invoke-Inpaint -Model tiny-xl -Sampler Euler -WarningVariable warnings
        $warnings | Should -BeNullOrEmpty
        $edit.Models | Should -Be 'Inpaint: tiny-xl'
        $edit.Result.SameSamples($edit.Picture) | Should -BeFalse
        (Get-EditModel -Loaded).Part | Should -Contain 'text_encoder + text_encoder_2'
    }

    It 'reads the caption from an earlier layer with -ClipSkip, which the parameters tell' {
        $plain = Invoke-Xl
        $skipped = Invoke-Xl -ClipSkip 1
        $skipped.Result.SameSamples($plain.Result) | Should -BeFalse
        $file = Join-Path $TestDrive 'skipped.png'
        $skipped | Export-EditImage -Path $file
        (Import-EditImage $file).Parameters['clipSkip'] | Should -Be '1'
        { Invoke-Xl -ClipSkip 3 -ErrorAction Stop } | Should -Throw '*ClipSkip is 3*0 to 2*'
    }

    It 'tells no negative prompt from an empty one, where Stable Diffusion 1.5 does not' {
        $empty = Invoke-Xl -NegativePrompt ''
        (Invoke-Xl -NegativePrompt $null).Result.SameSamples($empty.Result) | Should -BeFalse
        $old = $scene | Invoke-Inpaint -Model tiny -NegativePrompt ''
        ($scene | Invoke-Inpaint -Model tiny -NegativePrompt $null).Result.SameSamples($old.Result) | Should -BeTrue
    }
}

Describe 'what does not go together' {
    It 'a branch of <branch> beside <model> is refused by name' -ForEach @(
        @{ Model = 'tiny'; Branch = 'tiny-xl' }
        @{ Model = 'tiny-xl'; Branch = 'tiny' }
    ) {
        { $scene | Invoke-Inpaint -Model $model -BrushNet $branch -ErrorAction Stop } | Should -Throw '*BrushNet*Stable Diffusion*Stable Diffusion*Use a BrushNet for*'
    }

    It 'a VAE of the other family is refused by its scaling factor' {
        { $scene | Invoke-Inpaint -Model tiny -Vae tiny-xl -ErrorAction Stop } | Should -Throw '*0.13025*0.18215*another family*'
    }

    It 'a VAE in one file, whose family nothing tells, is a warning' {
        $file = Join-Path $TestDrive 'vae.safetensors'
        Copy-Item (Join-Path $env:BRUSHEDIT_MODELS 'tiny-xl/vae/diffusion_pytorch_model.safetensors') $file
        $edit = $scene | Invoke-Inpaint -Model tiny-xl -Sampler Euler -Vae $file -WarningVariable warnings -WarningAction SilentlyContinue
        "$warnings" | Should -BeLike '*vae.safetensors*config.json*0.13025*Stable Diffusion XL*'
        $edit.Result.SameSamples((Invoke-Xl).Result) | Should -BeTrue
    }

    It 'a missing second text encoder is named' {
        $copy = Join-Path $TestDrive 'short'
        Copy-Item (Join-Path $env:BRUSHEDIT_MODELS 'tiny-xl') $copy -Recurse
        Rename-Item (Join-Path $copy 'text_encoder_2') 'elsewhere'
        { $scene | Invoke-Inpaint -Model $copy -ErrorAction Stop } | Should -Throw '*short*lacks text_encoder_2*'
    }
}

Describe 'Get-EditModel' {
    It 'tells the family' {
        (Get-EditModel tiny).Family | Should -Be 'Sd15'
        (Get-EditModel tiny-xl).Family | Should -Be 'Sdxl'
        (Get-EditModel tiny-xl/brushnet).Family | Should -Be 'Sdxl'
        Get-EditModel tiny-xl | Out-String | Should -BeLike '*Family*Sdxl*'
    }
}
