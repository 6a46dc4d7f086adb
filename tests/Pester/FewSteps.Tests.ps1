# Few steps and what goes onto a model: presets, samplers by hand, LoRAs, prompts with brackets.
BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../BrushEdit.psd1') -Force
    Import-Module (Join-Path $PSScriptRoot 'TestSupport.psm1') -Force
    $modelsBefore = $env:BRUSHEDIT_MODELS
    $env:BRUSHEDIT_MODELS = Join-Path $TestDrive 'models'
    New-TinyModel -Path (Join-Path $env:BRUSHEDIT_MODELS 'tiny') -Kind Bundle
    $PSDefaultParameterValues = @{ 'Invoke-Inpaint:Model' = 'tiny'; 'Invoke-Inpaint:Seed' = 5; 'Invoke-Inpaint:Device' = 'cpu' }
    $scene = New-ToyScene -Seed 4 -Width 64 -Height 64
}

AfterAll {
    Clear-EditModel
    $env:BRUSHEDIT_MODELS = $modelsBefore
}

Describe 'Quality' {
    It '<Quality> takes <Steps> steps of <Sampler>, which the result tells' -ForEach @(
        @{ Quality = 'Draft'; Steps = 12; Sampler = 'DPM++2M' }
        @{ Quality = 'Normal'; Steps = 20; Sampler = 'DPM++2M' }
        @{ Quality = 'Best'; Steps = 50; Sampler = 'UniPC' }
    ) {
        $edit = $scene | Invoke-Inpaint -Quality $quality
        $edit.Settings.Quality | Should -Be $quality
        $edit.Settings.Steps | Should -Be $steps
        $edit.Settings.Sampler | Should -Be $sampler
    }

    It 'gives way to what is typed' {
        $edit = $scene | Invoke-Inpaint -Quality Draft -Steps 2 -Sampler TCD -GuidanceScale 3
        $edit.Settings.Steps | Should -Be 2
        $edit.Settings.Sampler | Should -Be 'TCD'
        $edit.Settings.GuidanceScale | Should -Be 3
        $edit.Settings.Karras | Should -BeFalse
    }
}

Describe 'Timesteps and noise levels by hand' {
    It 'say the number of steps' {
        ($scene | Invoke-Inpaint -Sampler LCM -GuidanceScale 1 -Timesteps 999, 759, 499, 259).Settings.Steps | Should -Be 4
        ($scene | Invoke-Inpaint -Sampler Euler -Sigmas 14.6, 3.8, 0.9, 0).Settings.Steps | Should -Be 3
    }

    It 'are refused where they rise, or where the sampler takes none' {
        { $scene | Invoke-Inpaint -Timesteps 259, 999 -ErrorAction Stop } | Should -Throw '*do not decrease*'
        { $scene | Invoke-Inpaint -Sampler DDIM -Timesteps 999, 259 -ErrorAction Stop } | Should -Throw '*DDIM does not support explicit timesteps*'
        { $scene | Invoke-Inpaint -Sampler Euler -Eta 0.5 -Steps 2 -ErrorAction Stop } | Should -Throw '*eta cannot be combined with Euler*'
    }
}

Describe 'LoRA and embedding' {
    It 'that is no such file is refused by name' {
        Set-Content -Path (Join-Path $TestDrive 'style.ckpt') -Value 'pickle'
        { $scene | Invoke-Inpaint -Steps 1 -Lora (Join-Path $TestDrive 'style.ckpt:0.5') -ErrorAction Stop } | Should -Throw '*style.ckpt*pickled*'
        { $scene | Invoke-Inpaint -Steps 1 -Lora 'no-such-lora' -ErrorAction Stop } | Should -Throw '*no-such-lora*'
        { $scene | Invoke-Inpaint -Steps 1 -Embedding 'no-such-word' -ErrorAction Stop } | Should -Throw '*no-such-word*'
    }
}

Describe 'Prompts' {
    It 'have weights in brackets, unless they are plain' {
        $plain = $scene | Invoke-Inpaint -Steps 2 -Caption 'a red ball'
        $weighted = $scene | Invoke-Inpaint -Steps 2 -Caption 'a (red:1.5) ball'
        $weighted.Result.SameSamples($plain.Result) | Should -BeFalse
        $literal = $scene | Invoke-Inpaint -Steps 2 -Caption 'a (red:1.5) ball' -PromptSyntax Plain
        $literal.Result.SameSamples($weighted.Result) | Should -BeFalse
        ($scene | Invoke-Inpaint -Steps 2 -Caption 'a red ball' -PromptSyntax Plain).Result.SameSamples($plain.Result) | Should -BeTrue
    }
}
