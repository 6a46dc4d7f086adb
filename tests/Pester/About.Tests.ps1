# The about topics: found by Get-Help, true to the cmdlets and to the checkpoints they speak of.
BeforeDiscovery {
    $topics = Get-ChildItem (Join-Path $PSScriptRoot '../../en-US') -Filter 'about_*.help.txt' | ForEach-Object { @{ Topic = $_.Name -replace '\.help\.txt$' } }
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../BrushEdit.psd1') -Force
    $folder = Join-Path $PSScriptRoot '../../en-US' -Resolve
    $exported = (Get-Module BrushEdit).ExportedCmdlets.Keys
    $invariant = [cultureinfo]::InvariantCulture

    function Get-Code([string[]] $Line) {
        # Code stands four columns further in than prose; blocks are what lies between other lines.
        $block = @()
        foreach ($text in $Line + '') {
            if ($text -match '^ {8}[^ ]' -or ($text -match '^ {12}' -and $block)) {
                $block += $text.Substring(8)
            }
            elseif ($block) {
                $block -join "`n"
                $block = @()
            }
        }
    }

    function Get-ParameterCount([string] $Manifest) {
        # The numbers that a checkpoint holds, counted from its list of tensors.
        $file = [System.IO.File]::OpenRead((Join-Path $PSScriptRoot "../fixtures/manifests/$Manifest.json.gz"))
        $reader = [System.IO.StreamReader]::new([System.IO.Compression.GZipStream]::new($file, [System.IO.Compression.CompressionMode]::Decompress))
        try { $tensors = ($reader.ReadToEnd() | ConvertFrom-Json -AsHashtable).tensors } finally { $reader.Dispose() }
        $shapes = if ($tensors -is [System.Collections.IDictionary]) { $tensors.Values } else { $tensors }
        [long] $count = 0
        foreach ($entry in $shapes) {
            [long] $size = 1
            foreach ($side in $(if ($entry -is [System.Collections.IDictionary]) { $entry.shape } else { $entry })) { $size *= $side }
            $count += $size
        }

        $count
    }

    function ConvertTo-Gigabyte([long] $Bytes) {
        ($Bytes / 1e9).ToString('0.00', $invariant)
    }
}

Describe 'The about topics' {
    It 'are seven' {
        (Get-ChildItem $folder -Filter 'about_*.help.txt').Name | Sort-Object |
            Should -Be 'about_BrushEdit.help.txt', 'about_EditEngines.help.txt', 'about_EditMasks.help.txt', 'about_EditMeasures.help.txt', 'about_EditModels.help.txt', 'about_EditPipelines.help.txt', 'about_EditTraining.help.txt'
    }
}

Describe '<Topic>' -ForEach $topics {
    BeforeAll {
        $lines = Get-Content (Join-Path $folder "$Topic.help.txt")
        $calls = foreach ($code in Get-Code $lines) {
            $errors = $null
            $script = [System.Management.Automation.Language.Parser]::ParseInput($code, [ref] $null, [ref] $errors)
            if ($errors) { throw "'$code' does not parse: $($errors[0].Message)" }
            $script.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true) | Where-Object { $_.GetCommandName() -in $exported }
        }
    }

    It 'is what Get-Help gives' {
        (Get-Help $Topic | Out-String -Width 500).Replace("`r`n", "`n").Trim() | Should -Be ($lines -join "`n").Trim()
    }

    It 'has the usual form' {
        $lines[0..1] | Should -Be 'TOPIC', "    $Topic"
        'SHORT DESCRIPTION', 'LONG DESCRIPTION', 'SEE ALSO' | Should -BeIn $lines

        # Prose fits a narrow window; code does not wrap.
        $lines | Where-Object { $_.Length -gt 84 -and -not $_.StartsWith('        ') } | Should -BeNullOrEmpty
        foreach ($name in $lines[($lines.IndexOf('SEE ALSO') + 1)..($lines.Count - 1)].Trim() | Where-Object { $_ }) {
            $name -in $exported -or (Test-Path (Join-Path $folder "$name.help.txt")) | Should -BeTrue -Because "$Topic leads to '$name'"
        }
    }

    It 'has examples that parse and use parameters that exist' {
        $calls | Should -Not -BeNullOrEmpty
        foreach ($call in $calls) {
            foreach ($parameter in $call.CommandElements | Where-Object { $_ -is [System.Management.Automation.Language.CommandParameterAst] }) {
                (Get-Command $call.GetCommandName()).ResolveParameter($parameter.ParameterName) | Should -Not -BeNullOrEmpty
            }
        }
    }

    It 'names cmdlets that exist' {
        $names = [regex]::Matches($lines -join "`n", '\b(?:Get|Find|Edit|Invoke|Export|Import|New|Install|Clear|Show|Test)-[A-Z][A-Za-z]+').Value | Sort-Object -Unique
        foreach ($name in $names) {
            @(Get-Command $name -ErrorAction Ignore).Count | Should -Be 1 -Because "$Topic names $name"
        }
    }
}

Describe 'about_EditModels' {
    BeforeAll {
        $lines = Get-Content (Join-Path $folder 'about_EditModels.help.txt')
    }

    It 'tells the memory need of <Model>' -ForEach @(
        @{ Model = 'Stable Diffusion 1.5'; Parts = 'unet-sd15', 'vae-sd15', 'clip-text-l14' }
        @{ Model = '  its U-Net'; Parts = 'unet-sd15' }
        @{ Model = '  its VAE'; Parts = 'vae-sd15' }
        @{ Model = '  its text encoder'; Parts = 'clip-text-l14' }
        @{ Model = 'Stable Diffusion XL'; Parts = 'unet-sdxl', 'vae-sdxl', 'clip-text-l14', 'clip-text-bigg' }
        @{ Model = '  its U-Net, XL'; Parts = 'unet-sdxl' }
        @{ Model = '  its second text encoder'; Parts = 'clip-text-bigg' }
        @{ Model = 'BrushNet, BrushNetX'; Parts = 'brushnet-sd15' }
        @{ Model = 'BrushNet for XL'; Parts = 'brushnet-sdxl' }
        @{ Model = 'Grounding DINO tiny'; Parts = 'grounding-dino-tiny' }
        @{ Model = 'Grounding DINO base'; Parts = 'grounding-dino-base' }
        @{ Model = 'SAM vit-base'; Parts = 'sam-vit-b' }
        @{ Model = 'SAM vit-large'; Parts = 'sam-vit-l' }
        @{ Model = 'SAM vit-huge'; Parts = 'sam-vit-h' }
    ) {
        $count = ($Parts | ForEach-Object { Get-ParameterCount $_ } | Measure-Object -Sum).Sum
        $row = @($lines | Where-Object { $_.StartsWith("    $Model ") -and $_ -match ',.*\d$' })
        $row.Count | Should -Be 1
        $row[0].Substring(4 + $Model.Length).Trim() -split ' +' |
            Should -Be ([long] $count).ToString('N0', $invariant), (ConvertTo-Gigabyte (4 * $count)), (ConvertTo-Gigabyte (2 * $count))
    }

    It 'tells what an edit needs in all' {
        $fill = 'unet-sd15', 'brushnet-sd15' | ForEach-Object { Get-ParameterCount $_ } | Measure-Object -Sum
        $all = 'unet-sd15', 'brushnet-sd15', 'vae-sd15', 'clip-text-l14' | ForEach-Object { Get-ParameterCount $_ } | Measure-Object -Sum
        $prose = ($lines -join ' ') -replace '\s+', ' '
        $prose | Should -Match ([regex]::Escape("$(ConvertTo-Gigabyte (4 * $all.Sum)) GB in single precision and $(ConvertTo-Gigabyte (2 * $all.Sum)) GB in half"))
        $prose | Should -Match ([regex]::Escape("$(ConvertTo-Gigabyte (4 * $fill.Sum)) and $(ConvertTo-Gigabyte (2 * $fill.Sum)) GB"))
    }

    It 'tells what an edit with XL needs in all' {
        $fill = 'unet-sdxl', 'brushnet-sdxl' | ForEach-Object { Get-ParameterCount $_ } | Measure-Object -Sum
        $all = 'unet-sdxl', 'brushnet-sdxl', 'vae-sdxl', 'clip-text-l14', 'clip-text-bigg' | ForEach-Object { Get-ParameterCount $_ } | Measure-Object -Sum
        $prose = ($lines -join ' ') -replace '\s+', ' '
        $prose | Should -Match ([regex]::Escape("needs $(ConvertTo-Gigabyte (4 * $all.Sum)) and $(ConvertTo-Gigabyte (2 * $all.Sum)) GB"))
        $prose | Should -Match ([regex]::Escape("with -LowMemory $(ConvertTo-Gigabyte (4 * $fill.Sum)) and $(ConvertTo-Gigabyte (2 * $fill.Sum)) GB"))
    }

    It 'lists the downloads that the cmdlet has, with their sizes' {
        $line = 'Install-EditModel '
        $models = (TabExpansion2 $line $line.Length).CompletionMatches
        $models | Should -Not -BeNullOrEmpty
        foreach ($model in $models) {
            $row = @($lines | Where-Object { $_.StartsWith("    $($model.CompletionText) ") })
            $row.Count | Should -Be 1 -Because "$($model.CompletionText) must be listed once"
            $size, $unit = [regex]::Match($model.ToolTip, '(?<=: )[\d.]+ [MG]B').Value -split ' '
            $gigabytes = [double] $size / ($unit -eq 'MB' ? 1000 : 1)
            [System.Math]::Abs($gigabytes - [double] [regex]::Match($row[0], '[\d.]+(?= GB$)').Value) | Should -BeLessOrEqual 0.011
        }
    }
}
