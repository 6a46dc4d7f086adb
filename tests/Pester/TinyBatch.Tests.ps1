# Invoke-ImageEdit -Directory with a tiny bundle of random weights: an addition needs neither detector nor segmenter.
BeforeDiscovery {
    # A small file system can be mounted by root on Linux only.
    $canMount = $IsLinux -and (& id -u) -eq 0 -and (Get-Command mount -CommandType Application -ErrorAction Ignore) -and $(
        $probe = Join-Path ([System.IO.Path]::GetTempPath()) ([guid]::NewGuid())
        $null = New-Item -ItemType Directory $probe
        & mount -t tmpfs -o size=48k tmpfs $probe 2> $null
        $LASTEXITCODE -eq 0
        & umount $probe 2> $null
        Remove-Item $probe
    )
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../BrushEdit.psd1') -Force
    Import-Module (Join-Path $PSScriptRoot 'TestSupport.psm1') -Force
    $modelsBefore = $env:BRUSHEDIT_MODELS
    $env:BRUSHEDIT_MODELS = Join-Path $TestDrive 'models'
    $bundle = Join-Path $env:BRUSHEDIT_MODELS 'tiny'
    New-TinyModel -Path $bundle -Kind Bundle
    $PSDefaultParameterValues = @{ 'Invoke-ImageEdit:Model' = 'tiny'; 'Invoke-ImageEdit:Steps' = 2; 'Invoke-ImageEdit:Device' = 'cpu' }
    $wanted = 'add a red ball on the left'
    $channels = (Get-Content $bundle/unet/config.json | ConvertFrom-Json).block_out_channels[0]
    $manifest = Get-ModuleManifest

    function New-Picture([string[]] $Name) {
        # Scenes as files of the test's own folder.
        $seed = 2
        foreach ($file in $Name) {
            $seed++
            (New-ToyScene -Seed $seed -Width 72 -Height 64).Picture | Export-EditImage -Path $folder/in/$file
        }
    }

    function Write-Lora([string] $Path, [single] $Value) {
        # A LoRA of rank 1 on the U-Net's first layer, all of one value.
        $names = 'lora_unet_conv_in.lora_down.weight', 'lora_unet_conv_in.lora_up.weight'
        $shapes = @(1, 4, 3, 3), @($channels, 1, 1, 1)
        $header = [ordered]@{}
        $end = 0
        for ($i = 0; $i -lt 2; $i++) {
            $length = 4 * ($shapes[$i][0] * $shapes[$i][1] * $shapes[$i][2] * $shapes[$i][3])
            $header[$names[$i]] = [ordered]@{ dtype = 'F32'; shape = $shapes[$i]; data_offsets = @($end, ($end + $length)) }
            $end += $length
        }

        $json = [System.Text.Encoding]::UTF8.GetBytes(($header | ConvertTo-Json -Compress -Depth 4))
        $numbers = [byte[]]::new($end)
        for ($i = 0; $i -lt $end; $i += 4) { [System.BitConverter]::GetBytes($Value).CopyTo($numbers, $i) }
        [System.IO.File]::WriteAllBytes($Path, [byte[]]([System.BitConverter]::GetBytes([long] $json.Length) + $json + $numbers))
    }

    function Get-Digest([string] $Path) {
        # The names and contents of a folder's pictures.
        Get-ChildItem $Path -Filter *.png | Sort-Object Name | ForEach-Object { "$($_.Name) $((Get-FileHash $_.FullName).Hash)" }
    }
}

AfterAll {
    Clear-EditModel
    $env:BRUSHEDIT_MODELS = $modelsBefore
}

Describe 'Invoke-ImageEdit -Directory' {
    BeforeEach {
        $folder = (New-Item -ItemType Directory (Join-Path $TestDrive ([guid]::NewGuid()))).FullName
    }

    It 'edits past bad files, and gives for each file what it gives alone' {
        New-Picture a.png, c.png
        Set-Content $folder/in/b.png 'no picture'
        $null = New-Item $folder/in/d.png
        [System.IO.File]::WriteAllBytes("$folder/in/e.png", [System.IO.File]::ReadAllBytes("$folder/in/a.png")[0..500])
        $done = Get-Outcome { Invoke-ImageEdit $folder/in/*.png $wanted -Directory $folder/out -Content Result, Mask }
        $done.Output.Name | Sort-Object | Should -Be 'a.png', 'c.png'
        $done.Errors.TargetObject | Split-Path -Leaf | Sort-Object | Should -Be 'b.png', 'd.png', 'e.png'
        @($done.Errors.FullyQualifiedErrorId) -notlike 'BadPicture,*' | Should -BeNullOrEmpty
        (Get-ChildItem $folder/out).Name | Sort-Object | Should -Be 'a-mask.png', 'a.png', 'c-mask.png', 'c.png'

        $seed = ($done.Output | Where-Object Name -EQ a.png).Seed
        $null = Invoke-ImageEdit $folder/in/a.png $wanted -Seed $seed | Export-EditImage -Path $folder/alone.png
        (Get-FileHash $folder/alone.png).Hash | Should -Be (Get-FileHash $folder/out/a.png).Hash
    }

    It 'gives the same with several workers, and tells how many there are' {
        $threads = $env:OMP_NUM_THREADS
        try {
            New-Picture a.png, b.png, c.png, d.png, e.png, f.png, g.png
            foreach ($count in '1', '2') {
                $env:OMP_NUM_THREADS = $count
                $null = Invoke-ImageEdit $folder/in/*.png $wanted -Directory $folder/threads-$count -Throttle 1
            }

            $typed = Invoke-ImageEdit $folder/in/*.png $wanted -Directory $folder/typed -Throttle 2 -Verbose 4>&1
            $measured = Invoke-ImageEdit $folder/in/*.png $wanted -Directory $folder/measured -Throttle 0 -Verbose 4>&1
        }
        finally {
            $env:OMP_NUM_THREADS = $threads
        }

        # Some processors round sums differently with another number of threads, so that results are compared with those of as many.
        Get-Digest $folder/typed | Should -Be (Get-Digest $folder/threads-1)
        $told = "$($measured -match '^\d worker\(s\), each with \d thread\(s\)')"
        $told | Should -Match 'each with (?<count>[12]) thread'
        $null = $told -match 'each with (?<count>[12]) thread'
        Get-Digest $folder/measured | Should -Be (Get-Digest $folder/threads-$($Matches.count))
        @($typed -match '^2 worker\(s\), each with 1 thread\(s\): -Throttle 2 was given') | Should -HaveCount 1
        @($measured -match '^[12] worker\(s\), each with [12] thread\(s\): (a picture took|one more worker needs)') | Should -HaveCount 1
        @($typed | Where-Object { $_ -isnot [System.Management.Automation.VerboseRecord] }).Status | Should -Be (@('Done') * 7)
    }

    It 'skips with -Resume what is done, and makes anew what changed' {
        New-Picture a.png, b.png, c.png
        $null = Invoke-ImageEdit $folder/in/*.png $wanted -Directory $folder/out
        $again = Invoke-ImageEdit $folder/in/*.png $wanted -Directory $folder/out -Resume -Throttle 3
        $again.Status | Should -Be 'Skipped', 'Skipped', 'Skipped'
        $again[0].Path | Should -Be ([System.IO.Path]::Combine($folder, 'out', 'a.png'))

        Remove-Item $folder/out/a.png
        Copy-Item $folder/in/a.png $folder/in/b.png
        $mended = Invoke-ImageEdit $folder/in/*.png $wanted -Directory $folder/out -Resume
        $mended | ForEach-Object { "$($_.Name) $($_.Status)" } | Sort-Object | Should -Be 'a.png Done', 'b.png Done', 'c.png Skipped'

        (Invoke-ImageEdit $folder/in/*.png $wanted -Directory $folder/out -Resume -Seed 4).Status | Should -Be 'Done', 'Done', 'Done'
        (Invoke-ImageEdit $folder/in/*.png $wanted -Directory $folder/out -Resume -Seed 4 -DeepCache 2).Status | Should -Be 'Done', 'Done', 'Done'
        (Import-EditImage $folder/out/c.png).Parameters['seed'] | Should -Be '4'
    }

    It 'makes anew what a LoRA of other content under the same name was put on' {
        New-Picture a.png, b.png
        $lora = Join-Path $folder 'style.safetensors'
        $how = @{ Instruction = $wanted; Directory = "$folder/out"; Resume = $true; Lora = "${lora}:0.5" }
        $moved = $how + @{} ; $moved.Lora = "$folder/moved.safetensors:0.5"
        $weaker = $how + @{} ; $weaker.Lora = "${lora}:0.25"
        Write-Lora $lora 1
        $first = Invoke-ImageEdit $folder/in/*.png @how
        $before = Get-Digest $folder/out
        (Invoke-ImageEdit $folder/in/*.png @how).Status | Should -Be 'Skipped', 'Skipped'

        # The file's time tells nothing: copied with it, and moved, it is the same.
        Copy-Item $lora $folder/moved.safetensors
        (Get-Item $folder/moved.safetensors).LastWriteTime = Get-Date '2020-01-01'
        (Invoke-ImageEdit $folder/in/*.png @moved).Status | Should -Be 'Skipped', 'Skipped'

        $time = (Get-Item $lora).LastWriteTime
        Write-Lora $lora -2
        (Get-Item $lora).LastWriteTime = $time
        Clear-EditModel
        (Invoke-ImageEdit $folder/in/*.png @how).Status | Should -Be 'Done', 'Done'
        Get-Digest $folder/out | Should -Not -Be $before
        (Invoke-ImageEdit $folder/in/*.png @weaker).Status | Should -Be 'Done', 'Done'
        @($first).Count | Should -Be 2
    }

    It 'names a LoRA or an embedding that is missing before anything is made' {
        New-Picture a.png
        $fault = Get-OnlyError { Invoke-ImageEdit $folder/in/a.png $wanted -Directory $folder/out -Lora gone.safetensors }
        $fault.FullyQualifiedErrorId | Should -BeLike 'ModelNotFound,*'
        $fault = Get-OnlyError { Invoke-ImageEdit $folder/in/a.png $wanted -Directory $folder/out -Embedding gone.safetensors }
        $fault.FullyQualifiedErrorId | Should -BeLike 'ModelNotFound,*'
        "$folder/out" | Should -Not -Exist
    }

    It 'does not replace a file that is not its own' {
        New-Picture a.png, b.png
        $null = New-Item -ItemType Directory $folder/out
        Set-Content $folder/out/a.png 'precious'
        foreach ($mode in @{}, @{ Resume = $true }) {
            $done = Get-Outcome { Invoke-ImageEdit $folder/in/*.png $wanted -Directory $folder/out @mode }
            $done.Errors[0].FullyQualifiedErrorId | Should -BeLike 'CannotWrite,*'
            $done.Errors[0].ErrorDetails.RecommendedAction | Should -Match '-Force'
            Get-Content $folder/out/a.png | Should -Be 'precious'
            Remove-Item $folder/out/b.png
        }

        @(Invoke-ImageEdit $folder/in/*.png $wanted -Directory $folder/out -Force).Count | Should -Be 2
    }

    It 'says what is wrong with <Code>' -ForEach @(
        @{ Code = { Invoke-ImageEdit $folder/in/a.png 'add a ball' -Resume }; Id = 'BadArgument'; Remedy = '-Directory' }
        @{ Code = { Invoke-ImageEdit $folder/in/a.png 'add a ball' -Directory $folder/out -Shard 3/2 }; Id = 'BadArgument'; Remedy = '2/8' }
        @{ Code = { Invoke-ImageEdit $folder/in/a.png 'add a ball' -Directory $folder/in }; Id = 'CannotWrite'; Remedy = 'another name or folder' }
        @{ Code = { Invoke-ImageEdit $folder/in/a.png 'add a ball' -Directory $folder/in/a.png }; Id = 'CannotWrite'; Remedy = '-Directory' }
        @{ Code = { Invoke-ImageEdit $folder/in/gone.png 'add a ball' -Directory $folder/out }; Id = 'NotFound'; Remedy = '' }
        @{ Code = { Invoke-ImageEdit $folder/in/a.png 'frobnicate' -Directory $folder/out }; Id = 'BadArgument'; Remedy = '' }
        @{ Code = { Invoke-ImageEdit $folder/in/a.png 'add a ball' -Directory $folder/out -Model no-such-model }; Id = 'ModelNotFound'; Remedy = 'BRUSHEDIT_MODELS' }
        @{ Code = { Invoke-ImageEdit $folder/in/a.png 'add a ball' -Directory $folder/out -Device cuda:99 }; Id = 'NoDevice'; Remedy = 'cpu' }
        @{ Code = { (New-ToyScene -Seed 1).Picture | Invoke-ImageEdit 'add a ball' -Directory $folder/out }; Id = 'BadArgument'; Remedy = 'Export-EditImage' }
    ) {
        New-Picture a.png
        $fault = Get-OnlyError $Code
        ($fault.FullyQualifiedErrorId -split ',')[0] | Should -Be $Id
        "$($fault.ErrorDetails.RecommendedAction)" | Should -Match ([regex]::Escape($Remedy))
    }

    It 'does not let two inputs of one name overwrite each other' {
        New-Picture a.png
        $null = New-Item -ItemType Directory $folder/other
        Copy-Item $folder/in/a.png $folder/other/a.png
        $done = Get-Outcome { Invoke-ImageEdit $folder/in/a.png, $folder/other/a.png 'add a ball' -Directory $folder/out }
        $done.Output.Count | Should -Be 1
        $done.Errors.Count | Should -Be 1
        "$($done.Errors[0])" | Should -Match ([regex]::Escape([System.IO.Path]::Combine($folder, 'in', 'a.png')))
    }

    It 'is split in parts that share a folder and together do everything once' {
        New-Picture a.png, b.png, c.png, d.png, e.png
        $names = foreach ($part in 1..3) { (Invoke-ImageEdit $folder/in/*.png $wanted -Directory $folder/out -Shard "$part/3").Name }
        $names | Sort-Object | Should -Be 'a.png', 'b.png', 'c.png', 'd.png', 'e.png'
        (Invoke-ImageEdit $folder/in/*.png $wanted -Directory $folder/out -Resume).Status | Sort-Object -Unique | Should -Be 'Skipped'
    }

    It 'makes no folder with -WhatIf' {
        New-Picture a.png
        Invoke-ImageEdit $folder/in/*.png $wanted -Directory $folder/out -Resume -WhatIf | Should -BeNullOrEmpty
        $WhatIfPreference = $true
        Invoke-ImageEdit $folder/in/*.png $wanted -Directory $folder/out -Resume | Should -BeNullOrEmpty
        $WhatIfPreference = $false
        "$folder/out" | Should -Not -Exist
    }

    It 'gives pictures that share passes what they get alone, but for rounding: <Instruction>' -ForEach @(
        @{ Instruction = @('add a red ball on the left') }
        @{ Instruction = 'add a red ball on the left', 'make it night' }
    ) {
        New-Picture a.png, b.png, c.png, d.png, e.png
        $null = Invoke-ImageEdit $folder/in/*.png $Instruction -Directory $folder/out
        @(Invoke-ImageEdit $folder/in/*.png $Instruction -Directory $folder/shared -BatchSize 3).Count | Should -Be 5
        foreach ($file in Get-ChildItem $folder/out -Filter *.png) {
            $alone = (Import-EditImage $file.FullName).Picture.ToRgb()
            $together = (Import-EditImage $folder/shared/$($file.Name)).Picture.ToRgb()
            $together.Length | Should -Be $alone.Length
            $most = 0
            for ($i = 0; $i -lt $alone.Length; $i++) { $most = [System.Math]::Max($most, [System.Math]::Abs($alone[$i] - $together[$i])) }
            $most | Should -BeLessOrEqual 2
        }
    }

    It 'takes each file''s own instruction from a table' {
        New-Picture a.png, b.png
        $null = [pscustomobject] @{ LiteralPath = "$folder/in/a.png"; Instruction = 'add a red ball' },
        [pscustomobject] @{ LiteralPath = "$folder/in/b.png"; Instruction = 'add a blue cube' } | Invoke-ImageEdit -Directory $folder/out
        (Import-EditImage $folder/out/b.png).Parameters['caption'] | Should -Match 'blue cube'
    }

    It 'does edits with masks of their own, and another mask is another job' {
        New-Picture a.png
        $status = foreach ($left in 8, 8, 30) {
            (Import-EditImage $folder/in/a.png | New-EditMask -Box $left, 8, 20, 20 | Invoke-ImageEdit 'replace the pond with a lake' -Directory $folder/out -Resume).Status
        }
        $status | Should -Be 'Done', 'Skipped', 'Done'
    }

    It 'uses a folder of masks, and a mask that was painted over is another job' {
        New-Picture a.png, b.png
        foreach ($name in 'a', 'b') { New-EditMask -Box 8, 8, 20, 20 -Width 72 -Height 64 | Export-EditImage -Path $folder/masks/$name.mask.png }
        $job = @{ Path = "$folder/in/*.png"; Instruction = 'replace the pond with a lake'; Mask = "$folder/masks"; Directory = "$folder/out"; Resume = $true }
        (Invoke-ImageEdit @job).Status | Should -Be 'Done', 'Done'
        New-EditMask -Box 30, 8, 20, 20 -Width 72 -Height 64 | Export-EditImage -Path $folder/masks/a.mask.png -Force
        Invoke-ImageEdit @job | ForEach-Object { "$($_.Name) $($_.Status)" } | Sort-Object | Should -Be 'a.png Done', 'b.png Skipped'
    }

    It 'counts files in its progress, and takes it off' {
        New-Picture a.png, b.png
        $run = Invoke-Watched "Invoke-ImageEdit '$folder/in/*.png' '$wanted' -Directory '$folder/out' -Model '$bundle' -Device cpu -Steps 2"
        $run.Errors | Should -BeNullOrEmpty
        $run.Progress | Where-Object { $_.ActivityId -eq 1 -and $_.Activity -eq 'Editing files' -and $_.StatusDescription -like '* of 2' } | Should -Not -BeNullOrEmpty
        $run.Progress | Where-Object { $_.ActivityId -eq 1 -and $_.SecondsRemaining -ge 0 } | Should -Not -BeNullOrEmpty
        $run.Progress | Group-Object ActivityId | ForEach-Object { $_.Group[-1].RecordType } | Sort-Object -Unique | Should -Be 'Completed'
    }

    It 'comes after a stop to what an unbroken batch gives' {
        New-Picture a.png, b.png, c.png, d.png
        $null = Invoke-ImageEdit $folder/in/*.png $wanted -Directory $folder/whole -Steps 30 -Model $bundle
        $run = Invoke-Watched "Invoke-ImageEdit '$folder/in/*.png' '$wanted' -Directory '$folder/out' -Model '$bundle' -Device cpu -Steps 30" -StopWhen { $args[1].Count -gt 0 }
        $run.State | Should -Be 'Stopped'
        @(Get-Digest $folder/out).Count | Should -BeIn 1, 2, 3
        (Invoke-ImageEdit $folder/in/*.png $wanted -Directory $folder/out -Steps 30 -Model $bundle -Resume).Status | Should -Contain 'Skipped'
        Get-Digest $folder/out | Should -Be (Get-Digest $folder/whole)
    }

    It 'comes after a killed process to what an unbroken batch gives' {
        New-Picture a.png, b.png, c.png, d.png
        $null = Invoke-ImageEdit $folder/in/*.png $wanted -Directory $folder/whole -Model $bundle -Steps 20
        $command = "Import-Module '$(Get-ModuleManifest)'; Invoke-ImageEdit '$folder/in/*.png' '$wanted' -Directory '$folder/out' -Model '$bundle' -Device cpu -Steps 20"
        $process = Start-Shell -ArgumentList '-Command', $command
        $journal = "$folder/out/.brushedit/batch-1-of-1.jsonl"
        while (-not $process.HasExited -and -not ((Test-Path $journal) -and (Get-Item $journal -Force).Length -gt 200)) { Start-Sleep -Milliseconds 10 }
        $process.Kill()
        $process.WaitForExit()
        @(Invoke-ImageEdit $folder/in/*.png $wanted -Directory $folder/out -Model $bundle -Steps 20 -Resume).Count | Should -Be 4
        Get-Digest $folder/out | Should -Be (Get-Digest $folder/whole)
    }

    It 'leaves nothing half-written on a full disk, and goes on when there is room' -Skip:(-not $canMount) {
        New-Picture a.png, b.png, c.png, d.png, e.png, f.png
        $disk = (New-Item -ItemType Directory $folder/disk).FullName
        & mount -t tmpfs -o size=48k tmpfs $disk
        try {
            $full = Get-Outcome { Invoke-ImageEdit $folder/in/*.png $wanted -Directory $disk/out -Throttle 1 }
            $full.Errors | Should -Not -BeNullOrEmpty
            @($full.Errors.FullyQualifiedErrorId) -notlike 'CannotWrite,*' | Should -BeNullOrEmpty
            Get-ChildItem $disk/out -Force -Filter '.*.tmp' | Should -BeNullOrEmpty
            foreach ($file in Get-ChildItem $disk/out -File) { @(Import-EditImage $file.FullName).Count | Should -Be 1 }

            & mount -o 'remount,size=4m' $disk
            @(Invoke-ImageEdit $folder/in/*.png $wanted -Directory $disk/out -Resume).Count | Should -Be 6
        }
        finally {
            & umount $disk
        }
    }

    It 'tells of a read-only folder before anything is computed' -Skip:(-not $canMount) {
        New-Picture a.png
        $disk = (New-Item -ItemType Directory $folder/disk).FullName
        & mount -t tmpfs -o 'ro,size=1m' tmpfs $disk
        try {
            foreach ($place in $disk, "$disk/out") {
                $run = Invoke-Watched "try { Invoke-ImageEdit '$folder/in/*.png' '$wanted' -Directory '$place' -Model '$bundle' -Device cpu } catch { `$_.FullyQualifiedErrorId }"
                "$($run.Output)$($run.Errors.FullyQualifiedErrorId)" | Should -BeLike 'CannotWrite,*'
                $run.Progress | Should -BeNullOrEmpty
            }
        }
        finally {
            & umount $disk
        }
    }

    It 'works in two runspaces at once' {
        New-Picture a.png, b.png, c.png, d.png
        $null = Invoke-ImageEdit $folder/in/*.png $wanted -Directory $folder/whole
        $done = 1, 2 | ForEach-Object -Parallel {
            Import-Module $using:manifest
            Invoke-ImageEdit "$using:folder/in/*.png" $using:wanted -Directory "$using:folder/out" -Shard "$_/2" -Model $using:bundle -Steps 2 -Device cpu
        }
        @($done).Count | Should -Be 4
        Get-Digest $folder/out | Should -Be (Get-Digest $folder/whole)
    }
}
