# Checkpoints as they lie on disks: named as users name them. Made of the weights that ship with the module.
BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../BrushEdit.psd1') -Force
    $toybox = Join-Path (Split-Path (Get-Module BrushEdit).Path) '../weights/toybox' | Resolve-Path
    $scene = New-ToyScene -Seed 7 -Width 64 -Height 64
    $cacheBefore = $env:HF_HUB_CACHE
}

AfterAll {
    Clear-EditModel
    $env:HF_HUB_CACHE = $cacheBefore
}

Describe 'a name of the hub' {
    BeforeAll {
        $env:HF_HUB_CACHE = Join-Path $TestDrive 'hub'
        $model = Join-Path $env:HF_HUB_CACHE 'models--owner--tiny'
        $snapshot = Join-Path $model 'snapshots/0123abc'
        New-Item -ItemType Directory (Join-Path $model 'blobs'), (Join-Path $model 'refs') | Out-Null
        Set-Content -LiteralPath (Join-Path $model 'refs/main') -Value '0123abc' -NoNewline
        foreach ($file in Get-ChildItem $toybox -Recurse -File) {
            $link = Join-Path $snapshot ([IO.Path]::GetRelativePath($toybox, $file.FullName))
            $blob = Join-Path $model "blobs/$([guid]::NewGuid().ToString('N'))"
            New-Item -ItemType Directory -Force (Split-Path $link) | Out-Null
            if ($IsWindows) {
                Copy-Item $file.FullName $link
            }
            else {
                Copy-Item $file.FullName $blob
                New-Item -ItemType SymbolicLink -Path $link -Target ([IO.Path]::GetRelativePath((Split-Path $link), $blob)) | Out-Null
            }
        }
    }

    It 'is found in the cache, and fills as the folder does' {
        $hub = Invoke-Inpaint -Picture $scene.Picture -Mask $scene.Mask -Caption 'a red ball' -Steps 2 -Seed 3 -Model owner/tiny
        $plain = Invoke-Inpaint -Picture $scene.Picture -Mask $scene.Mask -Caption 'a red ball' -Steps 2 -Seed 3 -Model toybox
        $hub.Result.SameSamples($plain.Result) | Should -BeTrue
    }

    It 'serves detector and segmenter' {
        (Get-SegmentMask -Picture $scene.Picture -Point 32, 32 -Model owner/tiny).Mask | Should -Not -BeNullOrEmpty
        { Find-Object -Picture $scene.Picture -Text ball -Model owner/tiny -ErrorAction Stop } | Should -Not -Throw
    }

    It 'is named where it is not there' {
        { Invoke-Inpaint -Picture $scene.Picture -Mask $scene.Mask -Caption x -Model owner/absent -ErrorAction Stop } | Should -Throw '*hub*'
    }
}

Describe '-Vae' {
    It 'takes a VAE by its folder or by a model that holds one' {
        $own = Invoke-Inpaint -Picture $scene.Picture -Mask $scene.Mask -Caption 'a red ball' -Steps 2 -Seed 3 -Model toybox
        foreach ($vae in 'toybox', (Join-Path $toybox 'vae')) {
            $edit = Invoke-Inpaint -Picture $scene.Picture -Mask $scene.Mask -Caption 'a red ball' -Steps 2 -Seed 3 -Model toybox -Vae $vae
            $edit.Result.SameSamples($own.Result) | Should -BeTrue
        }
    }

    It 'refuses what holds none' {
        { Invoke-Inpaint -Picture $scene.Picture -Mask $scene.Mask -Caption x -Model toybox -Vae (Join-Path $toybox 'sam') -ErrorAction Stop } | Should -Throw '*VAE is needed*'
    }
}
