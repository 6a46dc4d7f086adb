using System.Management.Automation;

namespace BrushEdit.PowerShell.Tests;

/// <summary>Scenes, pictures, masks and files: everything that needs no network.</summary>
public sealed class PictureChainTests(ModuleSession session) : IClassFixture<ModuleSession>
{
    private readonly string folder = Directory.CreateDirectory(Path.Combine(session.Folder, Guid.NewGuid().ToString("N"))).FullName;

    private ScriptResult Run(string script) => session.Run(script, ("folder", folder));

    // A scene as a file.
    private string Scene(string name, int seed = 3)
    {
        session.Run($"New-ToyScene -Seed {seed} -Width 64 -Height 48 | Export-EditImage -Path $file", ("file", Path.Combine(folder, name))).ThrowOnError();
        return Path.Combine(folder, name);
    }

    [Fact]
    public void Scenes_count_up_from_their_seed_and_are_the_same_again()
    {
        IReadOnlyList<PSObject> scenes = Run("New-ToyScene -Seed 5 -Count 2 -Width 64 -Height 48; New-ToyScene 6 -Width 64 -Height 48").ThrowOnError().Output;
        Assert.Equal([5UL, 6UL, 6UL], scenes.Select(s => (ulong)s.Properties["Seed"].Value));
        Assert.True((bool)session.Run("$a.Picture.SameSamples($b.Picture) -and $a.Mask.SameAs($b.Mask) -and -not $a.Picture.SameSamples($a.Truth)", ("a", scenes[1]), ("b", scenes[2])).Single().BaseObject);
        Assert.Equal("64 x 48", session.Run("\"$($a.Picture.Width) x $($a.Picture.Height)\"", ("a", scenes[0])).Single().BaseObject);
    }

    [Theory]
    [InlineData("Remove", "remove")]
    [InlineData("Addition", "add")]
    [InlineData("Global", "")]
    public void Scenes_say_what_is_to_be_done(string type, string word)
    {
        PSObject scene = Run($"New-ToyScene -Seed 4 -Width 64 -Height 64 -EditType {type} -Split HeldOutSeeds").Single();
        Assert.Equal(type, scene.Properties["EditType"].Value.ToString());
        Assert.StartsWith(word, (string)scene.Properties["Instruction"].Value, StringComparison.OrdinalIgnoreCase);
        Assert.NotEmpty((string)scene.Properties["Caption"].Value);
    }

    [Fact]
    public void Scene_options_that_contradict_are_one_error_not_one_a_scene()
    {
        ErrorRecord error = Run("New-ToyScene -Seed 4 -Count 3 -MinObjects 3 -MaxObjects 1").SingleError();
        Assert.StartsWith("BadArgument,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.NotEmpty(error.ErrorDetails.RecommendedAction);
    }

    [Fact]
    public void Wildcards_find_pictures_and_literal_paths_keep_their_brackets()
    {
        Scene("a1.png");
        Scene("a2.png", 4);
        Scene("b[1].png", 5);
        Assert.Equal(["a1.png", "a2.png"], Names(Run("Import-EditImage $folder/a?.png")));
        Assert.Equal(["b[1].png"], Names(Run("Import-EditImage -LiteralPath \"$folder/b[1].png\"")));
        Assert.Equal(["a2.png", "a1.png"], Names(Run("\"$folder/a2.png\", \"$folder/a1.png\" | Import-EditImage")));
        Assert.Equal(["b[1].png"], Names(Run("[System.IO.FileInfo]::new(\"$folder/b[1].png\") | Import-EditImage")));
        Assert.Equal(["a1.png"], Names(Run("[pscustomobject] @{ Path = \"$folder/a1.png\" } | Import-EditImage")));
    }

    [Fact]
    public void A_bad_file_is_an_error_and_the_others_are_read()
    {
        Scene("good.png");
        File.WriteAllText(Path.Combine(folder, "bad.png"), "no picture");
        ScriptResult result = Run("Import-EditImage $folder/bad.png, $folder/missing.png, $folder/good.png");
        Assert.Equal(["good.png"], Names(result, errors: true));
        Assert.Equal(["BadPicture", "NotFound"], result.Errors.Select(e => e.FullyQualifiedErrorId.Split(',')[0]));
        Assert.Null(result.Thrown);
    }

    [Fact]
    public void A_mask_goes_into_the_edit_and_the_first_one_stays_as_it_was()
    {
        Scene("one.png");
        PSObject[] edits = [.. Run("$first = Import-EditImage $folder/one.png; $second = $first | New-EditMask -Box 4,5,20,10; $first; $second; $second | Edit-Mask -Grow 2 -Element Square").ThrowOnError().Output];
        Assert.Null(edits[0].Properties["Mask"].Value);
        Assert.Equal("4,5,20,10", Bounds(edits[1]));
        Assert.Equal("2,3,24,14", Bounds(edits[2]));
        Assert.Empty((IEnumerable<string>)edits[1].Properties["Overrides"].Value);
        Assert.Equal(["Mask"], (IEnumerable<string>)edits[2].Properties["Overrides"].Value);
    }

    [Theory]
    [InlineData("New-EditMask -Box 4,5,20,10 -Width 64 -Height 48", "4,5,20,10")]
    [InlineData("New-EditMask -Box '4,5,20,10', '30,5,10,30' -Width 64 -Height 48", "4,5,36,30")]
    [InlineData("New-EditMask -Ellipse 4,5,20,10 -Width 64 -Height 48", "4,5,20,10")]
    [InlineData("New-EditMask -Polygon '4,5 24,5 24,15 4,15' -Width 64 -Height 48", "4,5,20,10")]
    [InlineData("$scene.Picture | New-EditMask -Box 4,5,20,10", "4,5,20,10")]
    [InlineData("$scene | New-EditMask -Box 4,5,20,10", "4,5,20,10")]
    [InlineData("New-EditMask -Box 4,5,20,10 -Width 64 -Height 48 | Edit-Mask -Move 3,-2", "7,3,20,10")]
    [InlineData("New-EditMask -Box 4,5,20,10 -Width 64 -Height 48 | Edit-Mask -Shrink 2 -Element Square", "6,7,16,6")]
    [InlineData("New-EditMask -Ellipse 4,5,20,10 -Width 64 -Height 48 | Edit-Mask -BoxHull", "4,5,20,10")]
    [InlineData("New-EditMask -Box 4,5,20,10 -Width 64 -Height 48 | Edit-Mask -Fit $scene.Picture.Extend(64, 0, 0, 48)", "8,10,40,20")]
    [InlineData("New-EditMask -Box 0,0,64,24 -Width 64 -Height 48 | Edit-Mask -Invert", "0,24,64,24")]
    public void Masks_are_where_they_are_meant_to_be(string script, string bounds)
    {
        PSObject mask = Run("$scene = New-ToyScene -Seed 3 -Width 64 -Height 48; " + script).Single();
        Assert.Equal(bounds, mask.Properties["Bounds"].Value.ToString());
    }

    [Fact]
    public void A_scene_s_mask_and_a_mask_file_can_be_changed()
    {
        double whole = (double)Run("($scene = New-ToyScene -Seed 3 -Width 64 -Height 48).Mask.Coverage").Single().BaseObject;
        Assert.Equal(1 - whole, (double)Run("($scene | Edit-Mask -Invert).Coverage").Single().BaseObject, 6);
        Run("$scene.Mask | Export-EditImage -Path $folder/m.png").ThrowOnError();
        Assert.Equal(whole, (double)Run("(\"$folder/m.png\" | Edit-Mask -Move 0,0).Coverage").Single().BaseObject, 6);
    }

    [Theory]
    [InlineData("New-EditMask -Box 1,1,1,1 -Width 8 -Height 8 | Edit-Mask", "BadArgument")]
    [InlineData("New-EditMask -Box 1,1,1,1 -Width 8 -Height 8 | Edit-Mask -BoxHull -EllipseHull", "BadArgument")]
    [InlineData("New-EditMask -Box 1,1,2,2 -Width 8 -Height 8 | Edit-Mask -Shrink 3", "BadMask")]
    [InlineData("Import-EditImage $folder/one.png | Edit-Mask -Grow 1", "MissingStage")]
    [InlineData("New-EditMask -Box 90,90,2,2 -Width 8 -Height 8", "BadMask")]
    [InlineData("New-EditMask -Box 1,1,2,2", "BadArgument")]
    [InlineData("Import-EditImage $folder/one.png | New-EditMask -Alpha", "BadMask")]
    [InlineData("Import-EditImage $folder/one.png | New-EditMask -Path $folder/small.png", "BadMask")]
    [InlineData("Import-EditImage $folder/one.png | Export-EditImage -Directory $folder", "MissingStage")]
    [InlineData("Import-EditImage $folder/one.png | Export-EditImage -Directory $folder -Content Picture", "CannotWrite")]
    [InlineData("Import-EditImage $folder/one.png | Export-EditImage -Directory $folder/x -Path $folder/y.png", "BadArgument")]
    [InlineData("Import-EditImage $folder/one.png | Export-EditImage -Path $folder/y.gif -Content Picture", "BadArgument")]
    public void Faults_have_an_id_and_say_what_to_do(string script, string id)
    {
        Scene("one.png");
        Run("New-EditMask -Box 1,1,2,2 -Width 8 -Height 8 | Export-EditImage -Path $folder/small.png").ThrowOnError();
        ErrorRecord error = Run(script).SingleError();
        Assert.Equal(id, error.FullyQualifiedErrorId.Split(',')[0]);
        Assert.False(string.IsNullOrEmpty(error.ErrorDetails?.RecommendedAction), error.ToString());
    }

    [Fact]
    public void A_mask_of_another_size_is_fitted_on_request()
    {
        Scene("one.png");
        Run("New-EditMask -Box 0,0,8,4 -Width 8 -Height 8 | Export-EditImage -Path $folder/small.png").ThrowOnError();
        Assert.Equal("0,0,64,24", Bounds(Run("Import-EditImage $folder/one.png | New-EditMask -Path $folder/small.png -Fit").Single()));
    }

    [Fact]
    public void A_folder_of_masks_is_matched_by_name()
    {
        Scene("one.png");
        Run("New-EditMask -Box 1,2,3,4 -Width 64 -Height 48 | Export-EditImage -Directory $folder/masks -Name one").ThrowOnError();
        Assert.Equal("1,2,3,4", Bounds(Run("Import-EditImage $folder/one.png | New-EditMask -Path $folder/masks").Single()));
    }

    [Fact]
    public void Export_refuses_what_is_there_and_replaces_it_with_force()
    {
        string file = Scene("one.png");
        byte[] before = File.ReadAllBytes(file);
        Assert.Equal("CannotWrite", Run("New-ToyScene -Seed 9 | Export-EditImage -Path $folder/one.png").SingleError().FullyQualifiedErrorId.Split(',')[0]);
        Assert.Equal(before, File.ReadAllBytes(file));
        Run("New-ToyScene -Seed 9 | Export-EditImage -Path $folder/one.png -Force").ThrowOnError();
        Assert.NotEqual(before, File.ReadAllBytes(file));
    }

    [Fact]
    public void Export_names_files_and_does_not_write_one_twice()
    {
        Assert.Equal(
            ["s-1.png", "s-2.png"],
            Run("New-ToyScene -Seed 1 -Count 2 -Width 32 -Height 32 | Export-EditImage -Directory $folder/made/deep -Name 's-{number}'").ThrowOnError().Output.Select(f => ((FileInfo)f.BaseObject).Name));
        ScriptResult twice = Run("New-ToyScene -Seed 1 -Count 2 -Width 32 -Height 32 | Export-EditImage -Directory $folder -Name same -Force");
        Assert.Single(twice.Output);
        Assert.Contains("just been written", twice.SingleError().ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-Format Jpeg -Quality 70", ".jpg", "Jpeg")]
    [InlineData("-Format WebP", ".webp", "WebP")]
    [InlineData("-Format Tiff", ".tif", "Tiff")]
    public void Export_changes_the_format_on_request(string options, string extension, string format)
    {
        FileInfo file = (FileInfo)Run($"New-ToyScene -Seed 1 -Width 32 -Height 32 | Export-EditImage -Directory $folder -Name f {options}").Single().BaseObject;
        Assert.Equal("f" + extension, file.Name);
        Assert.Equal(format, session.Run("(Import-EditImage -LiteralPath $f).Picture.Format", ("f", file.FullName)).Single().BaseObject.ToString());
    }

    [Fact]
    public void WhatIf_writes_nothing_and_makes_no_folder()
    {
        Assert.Empty(Run("New-ToyScene -Seed 1 | Export-EditImage -Directory $folder/not -WhatIf").ThrowOnError().Output);
        Assert.False(Directory.Exists(Path.Combine(folder, "not")));
    }

    [Fact]
    public void PassThru_passes_the_edit_on()
    {
        Scene("one.png");
        PSObject edit = Run("Import-EditImage $folder/one.png | Export-EditImage -Directory $folder/copy -Content Picture, Comparison -PassThru").Single();
        Assert.Equal("one.png", edit.Properties["Name"].Value);
        Assert.Equal(["one-comparison.png", "one.png"], Directory.GetFiles(Path.Combine(folder, "copy")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_pipeline_that_ends_early_is_no_error()
    {
        Scene("one.png");
        Scene("two.png", 4);
        Assert.Equal(["one.png"], Names(Run("foreach ($once in 1) { Import-EditImage $folder/*.png | ForEach-Object { $_; break } }")));
    }

    private static string[] Names(ScriptResult result, bool errors = false) =>
        [.. (errors ? result : result.ThrowOnError()).Output.Select(o => (string)o.Properties["Name"].Value)];

    private static string? Bounds(PSObject edit) => PSObject.AsPSObject(edit.Properties["Mask"].Value).Properties["Bounds"].Value.ToString();
}
