using System.Management.Automation;

namespace BrushEdit.PowerShell.Tests;

/// <summary>
/// <c>Invoke-ImageEdit</c> and the chain that does the same, as a user drives them: with networks of random weights, so that what is found
/// and filled is noise, and everything around it is real.
/// </summary>
[Collection("Inpaint")]
public sealed class ImageEditTests : IClassFixture<BundleSession>
{
    private readonly ModuleSession session;
    private readonly string folder;
    private readonly string photo;
    private readonly string dino;
    private readonly string sam;

    public ImageEditTests(BundleSession bundle)
    {
        session = bundle.Session;
        folder = Directory.CreateDirectory(Path.Combine(session.Folder, Guid.NewGuid().ToString("N"))).FullName;
        photo = Path.Combine(folder, "photo.png");
        (dino, sam) = (Path.Combine(session.Folder, "tiny-dino"), Path.Combine(session.Folder, "tiny-sam"));
        if (!Directory.Exists(dino))
        {
            TinyStages.WriteDetector(dino);
            TinyStages.WriteSegmenter(sam);
        }

        session.Run("New-ToyScene -Seed 3 -Width 64 -Height 48 | Export-EditImage -Path $file", ("file", photo)).ThrowOnError();
    }

    private ScriptResult Run(string script) => session.Run(
        """
        $PSDefaultParameterValues = @{
            'Invoke-ImageEdit:Model' = 'tiny'; 'Invoke-ImageEdit:Steps' = 2; 'Invoke-ImageEdit:Device' = 'cpu'
            'Invoke-ImageEdit:Detector' = $dino; 'Invoke-ImageEdit:Segmenter' = $sam; 'Invoke-ImageEdit:Threshold' = 0
            'Invoke-Inpaint:Model' = 'tiny'; 'Invoke-Inpaint:Steps' = 2; 'Invoke-Inpaint:Device' = 'cpu'
            'Find-Object:Model' = $dino; 'Find-Object:Threshold' = 0; 'Get-SegmentMask:Model' = $sam
            'Edit-MaskForType:Model' = 'tiny'; 'Test-EditResult:Model' = $dino
        }
        $WarningPreference = 'SilentlyContinue'

        """ + script,
        ("folder", folder),
        ("photo", photo),
        ("dino", dino),
        ("sam", sam));

    private string Text(string script) => string.Join('|', Run(script).ThrowOnError().Output.Select(value => value?.ToString() ?? "null"));

    [Theory]
    [InlineData("remove the dog", "Remove")]
    [InlineData("add a red ball on the left", "Addition")]
    [InlineData("make the dog red", "Local")]
    [InlineData("make it night", "Global")]
    [InlineData("change the background behind the dog to snow", "Background")]
    public void The_chain_and_the_one_command_give_the_same_picture_for_every_kind(string instruction, string type)
    {
        Run($$"""
            $chain = Import-EditImage $photo | Get-EditPlan '{{instruction}}' | Find-Object | Get-SegmentMask | Edit-MaskForType | Invoke-Inpaint -Seed 5
            $chain | Export-EditImage -Directory $folder/out
            $one = Invoke-ImageEdit $photo '{{instruction}}' -Seed 5
            """).ThrowOnError();
        Assert.Equal($"{type}|{type}|True|False|0", Text("$chain.Plan.EditType; $one.ShapedFor; $one.Mask.SameAs($chain.Mask); $one.Result.SameSamples($one.Picture); $one.Overrides.Count"));
        bool finds = type is not ("Addition" or "Global");
        Assert.Equal(finds ? "True" : "False", Text("$null -ne $chain.Detections"));
        Assert.Equal("True", Text("$one.Result.SameSamples($chain.Result)"));
        Assert.True(File.Exists(Path.Combine(folder, "out", "photo.png")));
    }

    [Fact]
    public void Any_part_can_be_replaced_between_two_stages()
    {
        Assert.Equal("0,0,20,20|Mask", Text("""
            $mine = New-EditMask -Box 0,0,20,20 -Width 64 -Height 48
            $edit = Get-EditPlan $photo 'make the dog red' | Find-Object | Get-SegmentMask | ForEach-Object { $_.Mask = $mine; $_ } | Edit-MaskForType | Invoke-Inpaint
            "$($edit.Mask.Bounds)"; $edit.Overrides
            """));
        Assert.Equal("a cat|Plan", Text("$edit = Get-EditPlan $photo 'make it night'; $edit.Plan = @{ EditType = 'Global'; Caption = 'a cat' }; $done = $edit | Edit-MaskForType | Invoke-Inpaint; $done.Settings.Caption; $done.Overrides"));
    }

    [Theory]
    [InlineData("Import-EditImage $photo | Find-Object", "Get-EditPlan")]
    [InlineData("Get-EditPlan $photo 'remove the dog' | Get-SegmentMask", "Find-Object")]
    [InlineData("Get-EditPlan $photo 'remove the dog' | Edit-MaskForType", "Get-SegmentMask")]
    [InlineData("Get-EditPlan $photo 'remove the dog' | Invoke-Inpaint", "Edit-MaskForType")]
    [InlineData("Import-EditImage $photo | New-EditMask -Box 1,1,9,9 | Invoke-Inpaint", "Get-EditPlan")]
    [InlineData("Get-EditPlan $photo 'remove the dog' | Test-EditResult", "Invoke-Inpaint")]
    public void What_a_stage_misses_is_said_with_the_cmdlet_that_gives_it(string script, string cmdlet)
    {
        ErrorRecord error = Run(script).SingleError();
        Assert.StartsWith("MissingStage,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains(cmdlet, error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public void Pictures_come_in_every_way()
    {
        string[] ways =
        [
            "Invoke-ImageEdit $photo 'make it night'",
            "Invoke-ImageEdit -LiteralPath $photo -Instruction 'make it night'",
            "$photo | Invoke-ImageEdit 'make it night'",
            "[System.IO.FileInfo]::new($photo) | Invoke-ImageEdit 'make it night'",
            "Import-EditImage $photo | Invoke-ImageEdit 'make it night'",
            "Import-EditImage $photo | ForEach-Object { $_.Picture } | Invoke-ImageEdit 'make it night'",
            "Get-EditPlan $photo 'make it night' | Invoke-ImageEdit",
            "[pscustomobject] @{ FullName = $photo; Instruction = 'make it night' } | Invoke-ImageEdit",
            "Invoke-ImageEdit \"$folder/*.png\" 'make it night'",
        ];
        Assert.All(ways, way => Assert.Equal("photo.png make it night", Text($"({way}) | ForEach-Object {{ \"$($_.Name) $($_.Plan.Instruction)\" }}")));
        Assert.Equal("True|True", Text("$scene = New-ToyScene -Seed 4 -Width 64 -Height 64 -EditType Global; $edit = $scene | Invoke-ImageEdit; $edit.Plan.Instruction -eq $scene.Instruction; $edit.Plan.Caption -eq $scene.Caption"));
    }

    [Fact]
    public void Rounds_follow_one_another_and_each_can_be_made_again()
    {
        Run("$edit = Invoke-ImageEdit $photo 'make it night', 'add a red ball' -Seed 9").ThrowOnError();
        Assert.Equal("make it night|add a red ball|9|9", Text("$edit.Rounds | ForEach-Object { $_.Plan.Instruction }; $edit.Rounds | ForEach-Object { $_.Seed }"));
        Assert.Equal("True|make it night|1|photo.png", Text("[object]::ReferenceEquals($edit.Picture, $edit.Rounds[0].Result); $edit.Undo().Plan.Instruction; $edit.Undo().Rounds.Count; $edit.Name"));
        Assert.Equal("True|True", Text("$again = Invoke-ImageEdit $photo 'make it night' -Seed 9; $again.Result.SameSamples($edit.Rounds[0].Result); ($again | Invoke-ImageEdit 'add a red ball' -Seed 9).Result.SameSamples($edit.Result)"));
        Assert.Equal("2|True", Text("$same = $edit | Invoke-ImageEdit 'add a red ball'; $same.Rounds.Count; [object]::ReferenceEquals($same, $edit)"));
    }

    [Fact]
    public void A_result_is_judged_tried_again_and_says_what_was_tried()
    {
        ScriptResult result = Run("$edit = Invoke-ImageEdit $photo 'add a red ball' -Seed 20 -Verify -MaxAttempts 3; $edit");
        result.ThrowOnError();
        Assert.InRange(int.Parse(Text("$edit.Attempts.Count"), null), 1, 3);
        Assert.Equal("1|True", Text("@($edit.Attempts | Where-Object IsKept).Count; @($edit.Attempts | Where-Object IsKept)[0].Verdict -eq $edit.Verdict"));
        Assert.Equal("Kept|There|Changed|Seam", Text("$edit.Verdict.Checks | ForEach-Object { $_.Name }"));
        Assert.Contains("Verify: tiny-dino", Text("$edit.Models"), StringComparison.Ordinal);
        Assert.Equal("True", Text("[object]::ReferenceEquals(($edit | Test-EditResult), $edit)"));
        Assert.Equal("True|False", Text("$other = $edit.Clone(); $other.Result = $other.Picture; $null -eq $other.Verdict; ($other | Test-EditResult).Verdict.Passed"));
    }

    [Fact]
    public void Samples_are_ranked()
    {
        Run("$edit = Invoke-ImageEdit $photo 'add a red ball' -Seed 20 -Samples 3").ThrowOnError();
        Assert.Equal("3|True|True", Text("""
            $edit.Samples.Count
            [object]::ReferenceEquals($edit.Result, $edit.Samples[0].Picture)
            $edit.Samples[0].Verdict.Passed -or $edit.Samples[0].Verdict.Score -ge $edit.Samples[1].Verdict.Score -and $edit.Samples[1].Verdict.Score -ge $edit.Samples[2].Verdict.Score
            """));
        Assert.Equal(["20", "21", "22"], Text("$edit.Samples | ForEach-Object { $_.Seed }").Split('|').Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("64,0,32,0", "160 x 48")]
    [InlineData("8", "80 x 64")]
    [InlineData("'1,2,3,4'", "68 x 54")]
    [InlineData("@{ Left = 16; bottom = 16 }", "80 x 64")]
    public void A_canvas_grows_and_the_picture_on_it_stays(string margins, string size)
    {
        Run($"$wide = Invoke-Inpaint $photo -Extend {margins} -Caption 'a desert' -Seed 3; $also = Invoke-ImageEdit $photo -Extend {margins} -Caption 'a desert' -Seed 3").ThrowOnError();
        Assert.Equal($"{size}|True|True", Text("""
            "$($wide.Result.Width) x $($wide.Result.Height)"
            $wide.Result.Crop($wide.Mask.Invert().Bounds).SameSamples($wide.Original)
            $also.Result.SameSamples($wide.Result)
            """));
    }

    [Theory]
    [InlineData("Invoke-ImageEdit", "BadArgument")]
    [InlineData("Invoke-ImageEdit $photo", "BadArgument")]
    [InlineData("Invoke-ImageEdit $photo 'frobnicate'", "BadArgument")]
    [InlineData("Invoke-ImageEdit $folder/none.png 'make it night'", "NotFound")]
    [InlineData("Invoke-ImageEdit $photo 'make it night' -MaxAttempts 2", "BadArgument")]
    [InlineData("Invoke-ImageEdit $photo 'make it night', 'remove the dog' -Target dog", "BadArgument")]
    [InlineData("Invoke-ImageEdit $photo 'remove the dog' -Box @(1,1,5,5), @(2,2,5,5)", "BadArgument")]
    [InlineData("Invoke-ImageEdit $photo 'remove the dog' -Detector $folder/none", "ModelNotFound")]
    [InlineData("Invoke-ImageEdit $photo 'remove the dog' -Segmenter $folder/none", "ModelNotFound")]
    [InlineData("Invoke-ImageEdit $photo 'remove the dog' -Detector $sam", "BadModel")]
    [InlineData("Invoke-ImageEdit $photo 'remove the dog' -Planner Nobody", "BadArgument")]
    [InlineData("Get-EditPlan $photo 'make it night' | Invoke-ImageEdit 'remove the dog'", "BadArgument")]
    [InlineData("Invoke-ImageEdit $photo -Extend 0", "ParameterArgumentTransformationError")]
    [InlineData("Invoke-ImageEdit $photo -Extend 1,2", "ParameterArgumentTransformationError")]
    [InlineData("Invoke-ImageEdit $photo -Extend -5", "ParameterArgumentTransformationError")]
    [InlineData("Invoke-ImageEdit $photo -Extend @{ Up = 5 }", "ParameterArgumentTransformationError")]
    [InlineData("Invoke-ImageEdit $photo -Extend 100000 -Caption x", "BadPicture")]
    [InlineData("Invoke-ImageEdit $photo 'make it night' | Invoke-Inpaint -Extend 8", "BadArgument")]
    public void What_is_wrong_is_one_error_of_its_kind(string script, string fault)
    {
        ErrorRecord error = Run(script).SingleError();
        Assert.StartsWith(fault + ",", error.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIf_edits_nothing() => Assert.Empty(Run("Clear-EditModel; Invoke-ImageEdit $photo 'make it night' -WhatIf; Get-EditModel -Loaded").ThrowOnError().Output);

    [Theory]
    [InlineData("Planning")]
    [InlineData("Finding objects in")]
    [InlineData("Outlining in")]
    [InlineData("Shaping the mask of")]
    [InlineData("Denoising")]
    [InlineData("Verifying")]
    public void Stopping_ends_in_every_stage_and_frees_what_it_took(string stage)
    {
        const string count = BundleSession.Torch + ".GetType('TorchSharp.torch+Tensor').GetProperty('TotalCount').GetValue($null)";
        const string chain = "Get-EditPlan $photo 'remove the dog' | Find-Object | Get-SegmentMask | Edit-MaskForType | Invoke-Inpaint -Steps STEPS | Test-EditResult";
        Run($"$null = {chain.Replace("STEPS", "1", StringComparison.Ordinal)}").ThrowOnError();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = Convert.ToInt64(Run(count).Single().BaseObject);

        using System.Management.Automation.PowerShell shell = System.Management.Automation.PowerShell.Create(session.Runspace);

        // Without end, so that every stage is met again and again until it is stopped.
        shell.AddScript($"while ($true) {{ $null = {chain.Replace("STEPS", stage == "Denoising" ? "400" : "1", StringComparison.Ordinal)} }}");
        using ManualResetEventSlim met = new();
        shell.Streams.Progress.DataAdded += (_, e) =>
        {
            if (shell.Streams.Progress[e.Index].Activity.StartsWith(stage, StringComparison.Ordinal))
            {
                met.Set();
            }
        };
        IAsyncResult run = shell.BeginInvoke();
        WaitHandle.WaitAny([met.WaitHandle, run.AsyncWaitHandle], TimeSpan.FromMinutes(2));
        Assert.True(met.IsSet, $"'{stage}' has not been met.");
        shell.Stop();
        Assert.ThrowsAny<Exception>(() => shell.EndInvoke(run));

        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.InRange(Convert.ToInt64(Run(count).Single().BaseObject), 0, before);
        Run($"$null = {chain.Replace("STEPS", "1", StringComparison.Ordinal)}").ThrowOnError();
    }
}
