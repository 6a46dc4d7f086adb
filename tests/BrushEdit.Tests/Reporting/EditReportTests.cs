using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Reporting;
using BrushEdit.Tests.Imaging;
using BrushEdit.Tests.Support;

namespace BrushEdit.Tests.Reporting;

/// <summary>A report as a file: whole or not there, self-contained, and with no data that acts as markup.</summary>
public sealed partial class EditReportTests : IDisposable
{
    private const string Nasty = "<script>alert(1)</script> \" onload='x' & \u0000\u001b[31m";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Every_part_of_an_edit_is_on_the_page()
    {
        string page = Written(Whole("a lawn by day"));
        foreach (string text in (string[])["a lawn by day", "remove the dog", "ugly, low quality", "1234", "Inpaint: toybox", "a small mask", "UniPC", "Passed", "The dog is gone.", "another seed", "dog 0.91", "12.50"])
        {
            Assert.Contains(text, page, StringComparison.Ordinal);
        }

        // Before, after, boxes, mask, two samples.
        Assert.Equal(6, Image().Count(page));
        Assert.Equal(1, Slider().Count(page));
        Assert.All(Image().Matches(page), image => Assert.Matches("alt=\"[^\"]+\"", image.Value));
    }

    [Fact]
    public void What_a_run_left_out_is_told_where_it_did_alone()
    {
        ImageEdit edit = Whole("x");
        string[] told = ["Inner blocks", "run on one step of 3", "Skipped steps", "2 after each computed one"];
        string page = Written(edit.With("Inpaint", TimeSpan.Zero, parts => parts.SetSamples(
            new InpaintSettings { GuidanceScale = 7.5, GuidanceEnd = 0.5, DeepCache = 3, SkipSteps = 2 }, [new EditSample(Drawn.Smooth(), 5)])));
        Assert.All(told, text => Assert.Contains(text, page, StringComparison.Ordinal));
        Assert.Matches("7.5, from 0 ?% to 50 ?% of the steps", page);
        File.Delete(Path.Combine(folder.Path, "report.html"));
        string plain = Written(edit);
        Assert.All(told, text => Assert.DoesNotContain(text, plain, StringComparison.Ordinal));
    }

    [Fact]
    public void Pictures_are_in_the_page_and_can_be_read()
    {
        string page = Written(Whole("x"));
        foreach (Match source in Source().Matches(page))
        {
            Assert.StartsWith("data:image/", source.Groups[1].Value, StringComparison.Ordinal);
            string file = Path.Combine(folder.Path, "picture");
            File.WriteAllBytes(file, Convert.FromBase64String(source.Groups[1].Value.Split(',')[1]));
            Assert.InRange(Picture.Open(file).Width, 1, EditReport.MostSide);
        }
    }

    [Fact]
    public void Small_pictures_are_shown_pixel_by_pixel()
    {
        Picture picture = Drawn.Picture(64, 48);
        string page = Written(new ImageEdit(picture));
        Match image = Assert.Single(Image().Matches(page));
        Assert.Contains("width=\"384\" height=\"288\"", image.Value, StringComparison.Ordinal);
        string file = Path.Combine(folder.Path, "small.png");
        File.WriteAllBytes(file, Convert.FromBase64String(Source().Match(page).Groups[1].Value.Split(',')[1]));
        Assert.Equal(picture.ToRgb(), Picture.Open(file).ToRgb());
    }

    [Fact]
    public void Large_pictures_are_scaled_down_and_lose_their_metadata()
    {
        Picture picture = Drawn.Picture(900, 600, metadata: new PictureMetadata { Exif = Drawn.Exif(1), Xmp = Drawn.Xmp("a secret place") });
        string page = Written(new ImageEdit(picture), new EditReportOptions { MaxSide = 300 });
        byte[] sent = Convert.FromBase64String(Source().Match(page).Groups[1].Value.Split(',')[1]);
        string file = Path.Combine(folder.Path, "large.webp");
        File.WriteAllBytes(file, sent);
        Picture shown = Picture.Open(file);
        Assert.Equal((300, 200), (shown.Width, shown.Height));
        Assert.Null(shown.Metadata.Exif);
        Assert.Null(shown.Metadata.Xmp);
    }

    [Fact]
    public void Results_of_another_size_stand_beside_the_picture()
    {
        ImageEdit edit = Whole("x");
        edit.Result = Drawn.Picture(80, 48);
        string page = Written(edit);
        Assert.Equal(0, Slider().Count(page));
        Assert.Contains("Result, 80 x 48", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Data_is_never_markup()
    {
        ImageEdit edit = Whole(Nasty);
        edit.Plan!.Instruction = Nasty;
        edit.Plan.Target = Nasty;
        edit.Plan.Notes = [Nasty];
        edit.Detections = [new Detection(new Box(1, 2, 20, 10), 0.5, Nasty)];
        edit = edit.With("Stage" + Nasty, TimeSpan.FromSeconds(1), parts => parts.Warn(Nasty), Nasty);
        string page = Written(edit, new EditReportOptions { Title = Nasty });

        // One script, one style: the page's own; and nothing of the text has become an element or an attribute.
        Assert.Equal(1, Regex.Count(page, "<script"));
        string body = page[..page.IndexOf("<script>\"use strict\"", StringComparison.Ordinal)];
        Assert.DoesNotContain("alert(1)</script>", body, StringComparison.Ordinal);
        Assert.DoesNotContain(Tag().Matches(body), tag => Regex.IsMatch(Regex.Replace(tag.Value, "\"[^\"]*\"", string.Empty), "onload|alert"));
        Assert.DoesNotContain(page, letter => char.IsControl(letter) && letter != '\n');
        Assert.Contains(WebUtility.HtmlEncode("<script>alert(1)</script> \" onload='x' & \uFFFD\uFFFD[31m"), page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_asks_for_nothing_and_its_policy_forbids_it()
    {
        string page = Written(Whole("x"));
        Assert.All(Reference().Matches(page), reference => Assert.Matches("^(data:image/|#)", reference.Groups[1].Value));
        string policy = WebUtility.HtmlDecode(Regex.Match(page, "Content-Security-Policy\" content=\"([^\"]*)\"").Groups[1].Value);
        Assert.StartsWith("default-src 'none'; img-src data:;", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        foreach (string element in (string[])["style", "script"])
        {
            string content = Regex.Match(page, $"<{element}>(.*?)</{element}>", RegexOptions.Singleline).Groups[1].Value;
            Assert.Contains($"{element}-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)))}'", policy, StringComparison.Ordinal);
        }

        Assert.DoesNotMatch("style=\"| on[a-z]+=\"", Regex.Replace(page, "data:[^\"]*", string.Empty));
    }

    [Fact]
    public void Elements_are_closed_in_order()
    {
        string page = Written([Whole("a"), Whole("a"), Rounds(), new ImageEdit(Drawn.Picture(20, 10))], null);
        string[] alone = ["img", "input", "meta", "!DOCTYPE"];
        Stack<string> open = [];
        foreach (Match tag in Tag().Matches(Regex.Replace(page, "<(style|script)>.*?</\\1>", string.Empty, RegexOptions.Singleline)))
        {
            string name = Regex.Match(tag.Value, "[!A-Za-z0-9]+").Value;
            if (tag.Value[1] == '/')
            {
                Assert.Equal(open.Pop(), name);
            }
            else if (!alone.Contains(name))
            {
                open.Push(name);
            }
        }

        Assert.Empty(open);
        string[] regions = [.. Regex.Matches(page, "role=\"region\" aria-label=\"([^\"]*)\"").Select(region => region.Groups[1].Value)];
        Assert.Equal(regions.Distinct(), regions);
        string[] ids = [.. Regex.Matches(page, " id=\"([^\"]*)\"").Select(id => id.Groups[1].Value)];
        Assert.Equal(ids.Distinct(), ids);
        Assert.All(Regex.Matches(page, "href=\"#([^\"]*)\""), link => Assert.Contains(link.Groups[1].Value, ids));
    }

    [Fact]
    public void A_batch_has_a_summary_on_top_that_leads_to_each_edit()
    {
        string page = Written([Whole("a"), Rounds(), new ImageEdit(Drawn.Picture(20, 10))], null);
        int table = page.IndexOf("All edits", StringComparison.Ordinal);
        Assert.InRange(table, 0, page.IndexOf("<article", StringComparison.Ordinal));
        for (int i = 1; i <= 3; i++)
        {
            Assert.Contains($"href=\"#edit-{i}\"", page, StringComparison.Ordinal);
            Assert.Contains($"<article id=\"edit-{i}\"", page, StringComparison.Ordinal);
        }

        Assert.Contains("Round 2 of 2", page, StringComparison.Ordinal);
        Assert.Contains("No result yet", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_has_the_name_until_the_page_is_complete()
    {
        string file = Path.Combine(folder.Path, "report.html");
        using (EditReport report = new(file))
        {
            report.Add(Whole("x"));
            Assert.False(File.Exists(file));
        }

        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Memory_holds_no_edit_after_it_is_added()
    {
        using EditReport report = new(Path.Combine(folder.Path, "report.html"));
        WeakReference added = Add(report);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.False(added.IsAlive);
        report.Complete();
    }

    [Fact]
    public void A_file_that_is_there_is_replaced_on_request_only()
    {
        string file = Path.Combine(folder.Path, "report.html");
        File.WriteAllText(file, "mine");
        EditException refused = Assert.Throws<EditException>(() => new EditReport(file));
        Assert.Equal(EditFault.CannotWrite, refused.Kind);
        Assert.Equal("mine", File.ReadAllText(file));
        Assert.StartsWith("<!DOCTYPE html>", Written([Whole("x")], new EditReportOptions { Overwrite = true }), StringComparison.Ordinal);
        Assert.Equal([file], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_folder_a_missing_folder_and_a_bad_size_are_refused()
    {
        Assert.Equal(EditFault.CannotWrite, Assert.Throws<EditException>(() => new EditReport(folder.Path)).Kind);
        Assert.Equal(EditFault.CannotWrite, Assert.Throws<EditException>(() => new EditReport(Path.Combine(folder.Path, "none", "report.html"))).Kind);
        Assert.Equal(EditFault.BadArgument, Assert.Throws<EditException>(() => new EditReport(Path.Combine(folder.Path, "r.html"), new EditReportOptions { MaxSide = 10 })).Kind);
    }

    // In a method of its own, so that no local of the test holds the edit.
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static WeakReference Add(EditReport report)
    {
        ImageEdit edit = Whole("x");
        report.Add(edit);
        return new WeakReference(edit);
    }

    private static ImageEdit Whole(string caption)
    {
        Picture picture = Drawn.Picture(64, 48);
        EditVerdict verdict = new(true, 0.9, [new EditCheck("Gone", true, 0.9, "The dog is gone.")]);
        EditVerdict failed = new(false, 0.2, [new EditCheck("Gone", false, 0.2, "The dog is there still.")]);
        ImageEdit edit = new(picture)
        {
            Plan = new EditPlan { Instruction = "remove the dog", EditType = EditType.Remove, Target = "dog", Caption = caption, Planner = "Rules", Confidence = 0.8 },
        };
        edit = edit.With("FindObject", TimeSpan.FromSeconds(12.5), parts => parts.SetDetections([new Detection(new Box(4, 5, 20, 10), 0.91, "dog")]), "tiny");
        edit = edit.With("Mask", TimeSpan.FromSeconds(0.25), parts => parts.SetMask(Mask.FromBox(64, 48, new Box(4, 5, 20, 10))));
        return edit.With(
            "Inpaint",
            TimeSpan.FromSeconds(2),
            parts =>
            {
                parts.SetSamples(new InpaintSettings { Caption = caption }, [new EditSample(Drawn.Smooth(), 1234), new EditSample(Drawn.Picture(64, 48), 1235)]);
                parts.SetVerdict(verdict, [new EditAttempt(1, "the first", 1, failed, false), new EditAttempt(2, "another seed", 1234, verdict, true)]);
                parts.Warn("a small mask");
            },
            "toybox");
    }

    private static ImageEdit Rounds() => Whole("first").Next().With(
        "Inpaint", TimeSpan.FromSeconds(1), parts => parts.SetSamples(new InpaintSettings { Caption = "second" }, [new EditSample(Drawn.Smooth(), 9)]));

    private string Written(ImageEdit edit, EditReportOptions? options = null) => Written([edit], options);

    private string Written(ImageEdit[] edits, EditReportOptions? options)
    {
        string file = Path.Combine(folder.Path, "report.html");
        using (EditReport report = new(file, options))
        {
            foreach (ImageEdit edit in edits)
            {
                report.Add(edit);
            }

            report.Complete();
        }

        return File.ReadAllText(file);
    }

    [GeneratedRegex("<img[^>]*>")]
    private static partial Regex Image();

    [GeneratedRegex("<input type=\"range\"")]
    private static partial Regex Slider();

    [GeneratedRegex("<img[^>]* src=\"([^\"]*)\"")]
    private static partial Regex Source();

    [GeneratedRegex(" (?:src|href)=\"([^\"]*)\"")]
    private static partial Regex Reference();

    [GeneratedRegex("<[/!A-Za-z][^>]*>")]
    private static partial Regex Tag();
}
