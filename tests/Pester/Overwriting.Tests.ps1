# A file of the user's is never replaced unasked, and one that the run reads never at all. Runs in PowerShell 7.6 with Pester 6, after a build.
BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../BrushEdit.psd1') -Force
    $PSDefaultParameterValues['Invoke-ImageEdit:Steps'] = 1
    $PSDefaultParameterValues['Invoke-ImageEdit:Model'] = 'toybox'
    $PSDefaultParameterValues['Invoke-Inpaint:Steps'] = 2
    $PSDefaultParameterValues['Invoke-Inpaint:Model'] = 'toybox'
    $wanted = 'add a red ball on the left'

    function New-Photo([string] $Path, [long] $Seed = 1) {
        (New-ToyScene -Seed $Seed -Width 64 -Height 64).Picture | Export-EditImage -Path $Path
    }

    function Get-Hash([string] $Path) {
        (Get-FileHash -LiteralPath $Path).Hash
    }
}

AfterAll {
    Clear-EditModel
    foreach ($key in 'Invoke-ImageEdit:Steps', 'Invoke-ImageEdit:Model', 'Invoke-Inpaint:Steps', 'Invoke-Inpaint:Model') {
        $PSDefaultParameterValues.Remove($key)
    }
}

Describe 'Inputs of a run' {
    BeforeAll {
        $photo = Join-Path $TestDrive 'inputs/photo.png'
        $null = New-Photo $photo
        $maskFile = Join-Path $TestDrive 'inputs/photo-mask.png'
        $null = New-EditMask -Box 8, 8, 20, 20 -Width 64 -Height 64 | Export-EditImage -Path $maskFile
        $before = Get-Hash $photo
        $maskBefore = Get-Hash $maskFile
        $edit = Invoke-Inpaint $photo -Mask $maskFile -Caption 'a ball' -Seed 1
    }

    AfterEach {
        Get-Hash $photo | Should -Be $before
        Get-Hash $maskFile | Should -Be $maskBefore
    }

    It 'are not replaced by a result, with -Force either' {
        { $edit | Export-EditImage -Path $photo -Force -ErrorAction Stop } | Should -Throw '*read by this run*'
        { $edit | Export-EditImage -Directory (Split-Path $photo) -Force -ErrorAction Stop } | Should -Throw '*read by this run*'
    }

    It 'are not replaced through links' -Skip:$IsWindows {
        $link = Join-Path $TestDrive 'link'
        $null = New-Item -ItemType SymbolicLink -Path $link -Target (Split-Path $photo)
        { $edit | Export-EditImage -Directory $link -Force -ErrorAction Stop } | Should -Throw '*read by this run*'
        { Invoke-ImageEdit $photo $wanted -Directory $link -Force -ErrorAction Stop } | Should -Throw '*read by this run*'
    }

    It 'are not replaced by masks, plans, reports or previews' {
        { $edit | Export-EditImage -Content Mask -Path $maskFile -Force -ErrorAction Stop } | Should -Throw '*read by this run*'
        $planned = Get-EditPlan $photo $wanted
        { $planned | Export-EditPlan -Path $photo -Force -ErrorAction Stop } | Should -Throw '*read by this run*'
        { $edit | Export-EditReport $photo -Force -ErrorAction Stop } | Should -Throw '*read by this run*'
        { Invoke-Inpaint $photo -Mask $maskFile -Caption 'a ball' -PreviewPath $photo -Force -ErrorAction Stop } | Should -Throw '*read by this run*'
    }
}

Describe 'Files of the user' {
    BeforeAll {
        $photo = Join-Path $TestDrive 'files/photo.png'
        $null = New-Photo $photo
        $mask = New-EditMask -Box 8, 8, 20, 20 -Width 64 -Height 64
    }

    It 'are not replaced by a preview unless -Force is given' {
        $other = Join-Path $TestDrive 'files/holiday.png'
        $null = New-Photo $other 2
        $before = Get-Hash $other
        foreach ($path in $other, $photo) {
            { Invoke-Inpaint $photo -Mask $mask -Caption 'a ball' -PreviewPath $path -PreviewEvery 1 -ErrorAction Stop } | Should -Throw '*already exists*'
        }

        Get-Hash $other | Should -Be $before
        $null = Invoke-Inpaint $photo -Mask $mask -Caption 'a ball' -PreviewPath $other -PreviewEvery 1 -Force
        Get-Hash $other | Should -Not -Be $before
    }

    It 'a preview is rewritten within a run' {
        $preview = Join-Path $TestDrive 'files/preview.png'
        $warnings = $null
        $null = $photo, $photo | Invoke-Inpaint -Mask $mask -Caption 'a ball' -PreviewPath $preview -PreviewEvery 1 -WarningVariable warnings
        "$warnings" | Should -Not -BeLike '*preview*'
        $preview | Should -Exist
    }

    It 'that appear while a batch runs are kept' {
        $photos = Join-Path $TestDrive 'late'
        1..3 | ForEach-Object { $null = New-Photo (Join-Path $photos "p$_.png") $_ }
        $out = Join-Path $TestDrive 'late-out'
        $faults = $null
        # The results of the later files come to be while the first ones are handed on.
        $done = Get-ChildItem $photos | Invoke-ImageEdit $wanted -Directory $out -Throttle 1 -ErrorVariable faults -ErrorAction SilentlyContinue | ForEach-Object {
            if (-not (Test-Path (Join-Path $out 'p3.png'))) {
                Set-Content -LiteralPath (Join-Path $out 'p3.png') 'the user''s own'
            }

            $_
        }
        Get-Content -LiteralPath (Join-Path $out 'p3.png') | Should -Be 'the user''s own'
        $done.Name | Should -Be 'p1.png', 'p2.png'
        "$faults" | Should -BeLike '*p3.png*already exists*'
    }
}

Describe 'Batches' {
    It 'refuse previews, which would all go into one file' {
        $photo = Join-Path $TestDrive 'preview/photo.png'
        $null = New-Photo $photo
        { Invoke-ImageEdit $photo $wanted -Directory (Join-Path $TestDrive 'preview-out') -PreviewPath (Join-Path $TestDrive 'p.png') } |
            Should -Throw '*batch cannot write previews*'
    }

    It 'keep a result that was retouched, of whatever length, and say so' {
        $photos = Join-Path $TestDrive 'retouch'
        1..2 | ForEach-Object { $null = New-Photo (Join-Path $photos "p$_.png") $_ }
        $out = Join-Path $TestDrive 'retouch-out'
        $null = Get-ChildItem $photos | Invoke-ImageEdit $wanted -Directory $out
        $file = Join-Path $out 'p1.png'
        $bytes = [System.IO.File]::ReadAllBytes($file)
        $bytes[-20] = $bytes[-20] -bxor 255
        foreach ($retouched in $bytes, ($bytes + 0, 1, 2)) {
            [System.IO.File]::WriteAllBytes($file, $retouched)
            $hash = Get-Hash $file
            $again = Get-ChildItem $photos | Invoke-ImageEdit $wanted -Directory $out -Resume -WarningVariable warnings -WarningAction SilentlyContinue
            Get-Hash $file | Should -Be $hash
            $again.Status | Sort-Object -Unique | Should -Be 'Skipped'
            "$warnings" | Should -BeLike '*p1.png*was changed*kept*'

            # Other settings would make it anew: it is no longer the batch's own.
            $faults = $null
            $null = Get-ChildItem $photos/p1.png | Invoke-ImageEdit $wanted -Directory $out -Resume -Seed 77 -ErrorVariable faults -ErrorAction SilentlyContinue
            Get-Hash $file | Should -Be $hash
            "$faults" | Should -BeLike '*already exists*'
        }

        # What nobody touched is made anew with other settings.
        $untouched = Get-Hash (Join-Path $out 'p2.png')
        $null = Get-ChildItem $photos/p2.png | Invoke-ImageEdit $wanted -Directory $out -Resume -Seed 77
        Get-Hash (Join-Path $out 'p2.png') | Should -Not -Be $untouched
    }

    It 'in two parts over equal names lose nothing, with -Force either' {
        # Names that fall to different parts.
        $folders = 'a', 'b', 'c', 'd', 'e', 'f' | ForEach-Object { Join-Path $TestDrive "equal/$_" }
        foreach ($folder in $folders) { $null = New-Photo (Join-Path $folder 'same.png') 3 }
        foreach ($force in $false, $true) {
            $out = Join-Path $TestDrive "equal-out-$force"
            $faults = @()
            $done = foreach ($part in 1, 2) {
                $found = $null
                $folders | ForEach-Object { Join-Path $_ 'same.png' } |
                    Invoke-ImageEdit $wanted -Directory $out -Shard "$part/2" -Force:$force -ErrorVariable found -ErrorAction SilentlyContinue
                $faults += $found
            }
            @($done).Count + $faults.Count | Should -Be $folders.Count
            @($done | Where-Object Status -EQ 'Done').Path | Select-Object -Unique | Should -HaveCount @($done).Count
            $faults.Count | Should -BeGreaterThan 0
        }
    }
}
