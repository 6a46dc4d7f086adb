using System.Management.Automation;

namespace BrushEdit.PowerShell.Tests;

/// <summary>A session with a detector and a segmenter of random weights, and a picture.</summary>
public sealed class StageSession : IDisposable
{
    public StageSession()
    {
        TinyStages.WriteDetector(Detector);
        TinyStages.WriteSegmenter(Segmenter);
        Session.Run("New-ToyScene -Seed 3 -Width 64 -Height 48 | Export-EditImage -Path $file", ("file", Photo)).ThrowOnError();
    }

    /// <summary>The engine.</summary>
    public ModuleSession Session { get; } = new();

    /// <summary>The detector's folder.</summary>
    public string Detector => Path.Combine(Session.Folder, "tiny-dino");

    /// <summary>The segmenter's folder.</summary>
    public string Segmenter => Path.Combine(Session.Folder, "tiny-sam");

    /// <summary>A scene of 64 x 48 as a file.</summary>
    public string Photo => Path.Combine(Session.Folder, "photo.png");

    public void Dispose()
    {
        Session.Run("Clear-EditModel").ThrowOnError();
        Session.Dispose();
    }
}

/// <summary>Finding, outlining and shaping as a user drives them.</summary>
public sealed class StageTests(StageSession fixture) : IClassFixture<StageSession>
{
    private readonly string folder = Directory.CreateDirectory(Path.Combine(fixture.Session.Folder, Guid.NewGuid().ToString("N"))).FullName;

    private ScriptResult Run(string script) => fixture.Session.Run(
        script, ("dino", fixture.Detector), ("sam", fixture.Segmenter), ("photo", fixture.Photo), ("folder", folder));

    [Fact]
    public void Boxes_are_found_and_drawn()
    {
        ScriptResult found = Run("""
            $found = Find-Object $photo -Text 'red ball. dog' -Threshold 0 -Top 2 -Model $dino
            $found | Export-EditImage -Directory $folder -Content Detections
            $found
            """);
        PSObject edit = found.ThrowOnError().Output[1];
        Assert.Equal(["red ball", "dog"], Strings("$found.Phrases.Phrase"));
        Assert.True((int)Run("$found.Detections.Count").Single().BaseObject is >= 1 and <= 4);
        Assert.Equal("detections", Run("if ($null -ne $found.Detections) { 'detections' }").Single().BaseObject);
        Assert.Contains("FindObject: tiny-dino", (IEnumerable<string>)edit.Properties["Models"].Value);
        Assert.True(File.Exists(Path.Combine(folder, "photo-detections.png")));
        Assert.Equal("False", Run("(Import-EditImage \"$folder/photo-detections.png\").Picture.SameSamples($found.Picture)").Single().ToString());
    }

    [Fact]
    public void Nothing_found_is_a_warning_and_the_next_stage_says_for_what()
    {
        ScriptResult found = Run("$none = Find-Object $photo -Text 'red ball' -Threshold 1 -Model $dino; $none.Detections.Count; $none.Warnings.Count");
        Assert.Equal(["0", "1"], found.ThrowOnError().Output.Select(value => value.ToString()));
        string warning = Assert.Single(found.Warnings);
        Assert.Contains("'red ball'", warning, StringComparison.Ordinal);
        Assert.Matches(@"best score is 0\.\d+", warning);
        ErrorRecord error = Run("$none | Get-SegmentMask -Model $sam").SingleError();
        Assert.StartsWith("MissingStage,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("'red ball'", error.Exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Find-Object $photo -Model $dino", "MissingStage")]
    [InlineData("Find-Object $photo -Text '' -Model $dino", "BadArgument")]
    [InlineData("Find-Object $photo -Text ' . ' -Model $dino", "BadArgument")]
    [InlineData("Find-Object $photo -Text ball -All -Top 2 -Model $dino", "BadArgument")]
    [InlineData("Find-Object $photo -Text ball -Model $sam", "BadModel")]
    [InlineData("Find-Object $photo -Text ball -Model $folder/nothing", "ModelNotFound")]
    [InlineData("Find-Object $photo -Text ball -Model $dino -Device cuda:77", "NoDevice")]
    [InlineData("Find-Object $folder/nothing.png -Text ball -Model $dino", "NotFound")]
    [InlineData("Get-SegmentMask $photo -Model $sam", "MissingStage")]
    [InlineData("Get-SegmentMask $photo -Box 5,5,0,0 -Model $sam", "ParameterArgumentTransformationError")]
    [InlineData("Get-SegmentMask $photo -Box 500,5,10,10 -Model $sam", "BadArgument")]
    [InlineData("Get-SegmentMask $photo -Point 64,5 -Model $sam", "BadArgument")]
    [InlineData("Get-SegmentMask $photo -Exclude 5,5 -Model $sam", "BadArgument")]
    [InlineData("Get-SegmentMask $photo -Box 5,5,9,9 -Model $dino", "BadModel")]
    [InlineData("Get-SegmentMask $photo -Mask (New-EditMask -Box 1,1,5,5 -Width 9 -Height 9) -Model $sam", "BadMask")]
    [InlineData("Get-SegmentMask $photo -Box 5,5,9,9 -Separate -MaskFolder $folder -Model $sam", "BadArgument")]
    [InlineData("Edit-MaskForType $photo", "MissingStage")]
    [InlineData("Edit-MaskForType $photo -EditType Remove", "MissingStage")]
    [InlineData("Edit-MaskForType $photo -EditType Addition", "MissingStage")]
    [InlineData("Edit-MaskForType $photo -EditType Addition -Box 900,5,4,4", "BadArgument")]
    [InlineData("Edit-MaskForType $photo -EditType Global -Box 5,5,4,4", "BadArgument")]
    [InlineData("New-ToyScene -Seed 1 -EditType Global -Width 64 -Height 64 | Edit-MaskForType -MaskFolder $folder", "BadArgument")]
    public void What_is_wrong_is_one_error_of_its_kind(string script, string fault)
    {
        ErrorRecord error = Run(script).SingleError();
        Assert.StartsWith(fault + ",", error.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void The_plan_says_what_is_looked_for()
    {
        const string plan = "$edit = Import-EditImage $photo; $edit.Plan = @{{ EditType = '{0}'; Target = '{1}' }}; ";
        Assert.Equal("dog", Run(string.Format(null, plan, "Local", "dog") + "($edit | Find-Object -Model $dino -Threshold 0).Phrases.Phrase").Single().BaseObject);
        Assert.Equal("True", Run(string.Format(null, plan, "Global", "") + "$null -eq ($edit | Find-Object -Model $dino | Get-SegmentMask -Model $sam).Mask").Single().ToString());
        ErrorRecord error = Run(string.Format(null, plan, "Background", "the background") + "$edit | Find-Object -Model $dino").SingleError();
        Assert.Contains("foreground", error.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Detections_that_are_there_are_kept_until_force_or_other_words()
    {
        Run("$first = Find-Object $photo -Text dog -Threshold 0 -Model $dino").ThrowOnError();
        Assert.Equal("True", Run("[object]::ReferenceEquals(($first | Find-Object -Text dog -Model $dino), $first)").Single().ToString());
        Assert.Equal("ball", Run("($first | Find-Object -Text ball -Threshold 0 -Model $dino).Phrases.Phrase").Single().BaseObject);
        Assert.Equal("False", Run("[object]::ReferenceEquals(($first | Find-Object -Text dog -Force -Model $dino), $first)").Single().ToString());
        Assert.Equal("Detections", Run("$first.Detections = @($first.Detections[0]); $first.Overrides").Single().BaseObject);
        Assert.Equal("1,2,30,40 cat", Run("$first.Detections = @{ Box = '1,2,30,40'; Phrase = 'cat' }; \"$($first.Detections[0].Box) $($first.Detections.Phrase)\"").Single().BaseObject);
        Assert.Equal("0", Run("$first.Detections = @(); $first.Detections.Count").Single().ToString());
    }

    [Fact]
    public void Things_are_outlined_together_apart_or_with_candidates()
    {
        Run("$two = Get-SegmentMask $photo -Box @(2,2,30,30), @(30,10,30,30) -MinArea 0 -Model $sam -WarningAction SilentlyContinue").ThrowOnError();
        Assert.Equal("2", Run("$two.MaskCandidates.Count").Single().ToString());
        Assert.Equal("64 x 48", Run("\"$($two.Mask.Width) x $($two.Mask.Height)\"").Single().BaseObject);
        Assert.Equal("True", Run("$two.MaskCandidates[0].Mask.Union($two.MaskCandidates[1].Mask).SameAs($two.Mask)").Single().ToString());
        Assert.Equal("3", Run("(Get-SegmentMask $photo -Point 30,20 -Candidates -MinArea 0 -Model $sam).MaskCandidates.Count").Single().ToString());
        Assert.Equal(2, Run("Get-SegmentMask $photo -Box @(2,2,30,30), @(30,10,30,30) -Separate -MinArea 0 -Model $sam").ThrowOnError().Output.Count);
        Assert.Equal("Mask", Run("$two.Mask = $two.MaskCandidates[1].Mask; $two.Overrides").Single().BaseObject);
        ScriptResult clipped = Run("Get-SegmentMask $photo -Box '-5,-5,40,40' -MinArea 0 -Model $sam");
        Assert.Contains("reaches over", Assert.Single(clipped.ThrowOnError().Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void The_kind_of_edit_shapes_the_mask_and_only_once()
    {
        Run("$outline = Import-EditImage $photo | New-EditMask -Box 20,15,20,15").ThrowOnError();
        Run("$remove = $outline | Edit-MaskForType -EditType Remove").ThrowOnError();
        Assert.Equal("18,13,24,19", Run("\"$($remove.Mask.Bounds)\"").Single().BaseObject);
        Assert.Equal("True", Run("[object]::ReferenceEquals(($remove | Edit-MaskForType -EditType Remove), $remove)").Single().ToString());
        Assert.Equal("18,13,24,19", Run("\"$(($remove | Edit-MaskForType -EditType Remove -Force).Mask.Bounds)\"").Single().BaseObject);
        Assert.Equal("20,15,20,15", Run("\"$(($remove | Edit-MaskForType -EditType Local).Mask.Bounds)\"").Single().BaseObject);
        Assert.Equal("True", Run("($outline | Edit-MaskForType -EditType Background).Mask.SameAs($outline.Mask.Invert())").Single().ToString());
        Assert.Equal("True", Run("(Edit-MaskForType $photo -EditType Global).Mask.IsFull").Single().ToString());
        Assert.Equal("4,5,20,22", Run("\"$((Edit-MaskForType $photo -EditType Addition -Box 4,5,20,22).Mask.Bounds)\"").Single().BaseObject);
        Assert.Equal("False", Run("($outline | Edit-MaskForType -EditType Local -Soften 3).Mask.IsHard").Single().ToString());
        Assert.Empty(Run("$remove.Overrides").ThrowOnError().Output);
    }

    [Fact]
    public void A_scene_brings_its_kind_and_its_box()
    {
        ScriptResult result = Run("$scene = New-ToyScene -Seed 5 -Width 64 -Height 64 -EditType Addition; $made = $scene | Edit-MaskForType; \"$($made.ShapedFor)\"; $made.Mask.Bounds.IoU($scene.Box)");
        Assert.Equal("Addition", result.ThrowOnError().Output[0].BaseObject);
        Assert.InRange((double)result.Output[1].BaseObject, 0.8, 1);
    }

    [Fact]
    public void A_mask_too_fine_for_the_model_is_warned_of()
    {
        ScriptResult result = Run("$thin = Import-EditImage $photo | New-EditMask -Box 5,5,50,2 | Edit-MaskForType -EditType Local; $thin.Warnings.Count");
        Assert.Contains("-Grow", Assert.Single(result.Warnings), StringComparison.Ordinal);
        Assert.Equal("1", result.Single().ToString());
    }

    [Fact]
    public void A_batch_stopped_after_its_masks_goes_on_with_the_corrected_ones()
    {
        const string stages = "Get-SegmentMask $photo -Box 10,10,30,25 -MinArea 0 -Model $sam -MaskFolder $folder | Edit-MaskForType -EditType Remove -MaskFolder $folder";
        Run($"$first = {stages}").ThrowOnError();
        Assert.True(File.Exists(Path.Combine(folder, "photo.outline.png")));
        Assert.True(File.Exists(Path.Combine(folder, "photo.mask.png")));

        // Nothing was corrected: the same mask again, and no override.
        Assert.Equal("True", Run($"$again = {stages}; $again.Mask.SameAs($first.Mask) -and $again.Overrides.Count -eq 0").Single().ToString());

        // Painted over, by whatever program.
        Run("New-EditMask -Box 8,8,16,16 -Width 64 -Height 48 | Export-EditImage -Path \"$folder/photo.mask.png\" -Force").ThrowOnError();
        Assert.Equal("8,8,16,16", Run($"$mended = Import-EditImage $photo | Edit-MaskForType -EditType Remove -MaskFolder $folder; \"$($mended.Mask.Bounds)\"").Single().BaseObject);
        Assert.Contains("photo.mask.png", Run("$mended.Overrides").Single().ToString(), StringComparison.Ordinal);
        Assert.Equal("8,8,16,16", Run("\"$((Get-SegmentMask $photo -MaskFolder $folder -Model $folder/nothing).Mask.Bounds)\"").Single().BaseObject);

        // Force computes again, and -WhatIf writes nothing.
        Run($"{stages.Replace("-MaskFolder $folder", "-MaskFolder $folder -Force", StringComparison.Ordinal)} -WhatIf").ThrowOnError();
        Assert.Equal("8,8,16,16", Run("\"$((New-EditMask -Path \"$folder/photo.mask.png\").Bounds)\"").Single().BaseObject);
    }

    [Fact]
    public void Two_pictures_of_one_name_do_not_share_a_mask()
    {
        Run("$null = [System.IO.Directory]::CreateDirectory(\"$folder/other\"); [System.IO.File]::Copy($photo, \"$folder/other/photo.png\")").ThrowOnError();
        ScriptResult result = Run("$photo, \"$folder/other/photo.png\" | Edit-MaskForType -EditType Global -MaskFolder $folder");
        Assert.Single(result.Output);
        Assert.Contains("share", result.SingleError().Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Models_stay_for_the_session_and_are_listed()
    {
        Run("$null = Find-Object $photo -Text dog -Model $dino; $null = Get-SegmentMask $photo -Box 5,5,20,20 -MinArea 0 -Model $sam").ThrowOnError();
        string[] parts = Strings("Get-EditModel -Loaded | ForEach-Object { $_.Name }");
        Assert.Contains("tiny-dino", parts);
        Assert.Contains("tiny-sam", parts);
        Run("$null = Find-Object $photo -Text dog -Model $dino -LowMemory").ThrowOnError();
        Assert.Empty(Run("Get-EditModel -Loaded").ThrowOnError().Output);
    }

    private string[] Strings(string script) => [.. Run(script).ThrowOnError().Output.Select(value => value.ToString())];
}
