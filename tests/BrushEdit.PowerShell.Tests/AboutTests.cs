using System.Globalization;
using System.IO.Compression;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace BrushEdit.PowerShell.Tests;

/// <summary>The about topics: found by <c>Get-Help</c>, true to the cmdlets and to the checkpoints they speak of.</summary>
public sealed class AboutTests(ModuleSession session) : IClassFixture<ModuleSession>
{
    private static readonly string Folder = Path.Combine(Checkout.Root, "en-US");

    public static TheoryData<string> Topics => [.. Directory.GetFiles(Folder, "about_*.help.txt").Select(file => Path.GetFileName(file)[..^".help.txt".Length]).Order(StringComparer.Ordinal)];

    [Fact]
    public void There_are_four() =>
        Assert.Equal(["about_BrushEdit", "about_EditMasks", "about_EditModels", "about_EditPipelines"], Topics.Select(row => row.Data));

    [Theory]
    [MemberData(nameof(Topics))]
    public void Get_Help_finds_it(string topic)
    {
        string text = session.Run($"Get-Help {topic}").Single().ToString();
        Assert.Equal(Normal(File.ReadAllText(Path.Combine(Folder, topic + ".help.txt"))), Normal(text));

        static string Normal(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal).Trim();
    }

    [Theory]
    [MemberData(nameof(Topics))]
    public void It_has_the_usual_form(string topic)
    {
        string[] lines = Lines(topic);
        Assert.Equal(["TOPIC", "    " + topic], lines[..2]);
        Assert.Contains("SHORT DESCRIPTION", lines);
        Assert.Contains("LONG DESCRIPTION", lines);
        Assert.Contains("SEE ALSO", lines);

        // Prose fits a narrow window; code does not wrap.
        Assert.All(lines, line => Assert.True(line.Length <= 84 || line.StartsWith("        ", StringComparison.Ordinal), line));
        foreach (string name in lines.SkipWhile(line => line != "SEE ALSO").Skip(1).Select(line => line.Trim()).Where(line => line.Length > 0))
        {
            Assert.True(ModuleTests.ManifestList("CmdletsToExport").Contains(name) || File.Exists(Path.Combine(Folder, name + ".help.txt")), $"{topic} leads to '{name}'.");
        }
    }

    [Theory]
    [MemberData(nameof(Topics))]
    public void Its_examples_parse_and_use_parameters_that_exist(string topic)
    {
        int cmdlets = 0;
        foreach (string code in Code(topic))
        {
            ScriptBlockAst script = Parser.ParseInput(code, out _, out ParseError[] errors);
            Assert.True(errors.Length == 0, $"{topic}: '{code}' does not parse: {errors.FirstOrDefault()?.Message}");
            foreach (CommandAst command in script.FindAll(ast => ast is CommandAst, true).Cast<CommandAst>())
            {
                if (ModuleTests.ManifestList("CmdletsToExport").Contains(command.GetCommandName()))
                {
                    cmdlets++;
                    CommandInfo info = (CommandInfo)session.Run($"Get-Command {command.GetCommandName()}").Single().BaseObject;
                    Assert.All(command.CommandElements.OfType<CommandParameterAst>(), parameter => Assert.NotNull(info.ResolveParameter(parameter.ParameterName)));
                }
            }
        }

        Assert.True(cmdlets > 0);
    }

    [Theory]
    [MemberData(nameof(Topics))]
    public void The_cmdlets_it_names_exist(string topic)
    {
        // The engine alone has no files to list.
        IEnumerable<string> names = Regex.Matches(string.Join('\n', Lines(topic)), @"\b(?:Get|Find|Edit|Invoke|Export|Import|New|Install|Clear|Show|Test)-[A-Z][A-Za-z]+").Select(match => match.Value).Distinct().Where(name => name != "Get-ChildItem");
        Assert.All(names, name => Assert.Single(session.Run($"Get-Command {name}").ThrowOnError().Output));
    }

    // The table of memory is counted again from the lists of tensors.
    [Fact]
    public void Memory_needs_are_those_of_the_published_checkpoints()
    {
        string[] lines = Lines("about_EditModels");
        (long unet, long vae, long text, long branch) = (Count("unet-sd15"), Count("vae-sd15"), Count("clip-text-l14"), Count("brushnet-sd15"));
        Row("Stable Diffusion 1.5", unet + vae + text);
        Row("  its U-Net", unet);
        Row("  its VAE", vae);
        Row("  its text encoder", text);
        Row("BrushNet, BrushNetX", branch);
        Row("Grounding DINO tiny", Count("grounding-dino-tiny"));
        Row("Grounding DINO base", Count("grounding-dino-base"));
        Row("SAM vit-base", Count("sam-vit-b"));
        Row("SAM vit-large", Count("sam-vit-l"));
        Row("SAM vit-huge", Count("sam-vit-h"));
        string prose = Regex.Replace(string.Join(' ', lines), @"\s+", " ");
        Assert.Contains($"{Gigabytes(4 * (unet + vae + text + branch))} GB in single precision and {Gigabytes(2 * (unet + vae + text + branch))} in half", prose);
        Assert.Contains($"{Gigabytes(4 * (unet + branch))} and {Gigabytes(2 * (unet + branch))} GB", prose);

        void Row(string model, long count)
        {
            string line = Assert.Single(lines, line => line.StartsWith($"    {model} ", StringComparison.Ordinal) && line.Contains(',', StringComparison.Ordinal) && char.IsAsciiDigit(line[^1]));
            Assert.Equal([count.ToString("N0", CultureInfo.InvariantCulture), Gigabytes(4 * count), Gigabytes(2 * count)], line[(4 + model.Length)..].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        }
    }

    // The list of downloads is the one the cmdlet has.
    [Fact]
    public void Downloads_are_those_of_the_cmdlet()
    {
        string[] lines = Lines("about_EditModels");
        const string line = "Install-EditModel ";
        CommandCompletion completion = (CommandCompletion)session.Run($"[System.Management.Automation.CommandCompletion]::CompleteInput('{line}', {line.Length}, $null)").Single().BaseObject;
        Assert.NotEmpty(completion.CompletionMatches);
        foreach (CompletionResult model in completion.CompletionMatches)
        {
            string row = Assert.Single(lines, row => row.StartsWith($"    {model.CompletionText} ", StringComparison.Ordinal));
            string size = Regex.Match(model.ToolTip, @"(?<=: )[\d.]+ [MG]B").Value;
            double gigabytes = double.Parse(size.Split(' ')[0], CultureInfo.InvariantCulture) / (size.EndsWith("MB", StringComparison.Ordinal) ? 1000 : 1);
            Assert.Equal(gigabytes, double.Parse(Regex.Match(row, @"[\d.]+(?= GB$)").Value, CultureInfo.InvariantCulture), 0.011);
        }
    }

    private static string Gigabytes(long bytes) => (bytes / 1e9).ToString("0.00", CultureInfo.InvariantCulture);

    private static long Count(string manifest)
    {
        using GZipStream json = new(File.OpenRead(Path.Combine(Checkout.Root, "tests", "fixtures", "manifests", manifest + ".json.gz")), CompressionMode.Decompress);
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement tensors = document.RootElement.GetProperty("tensors");
        IEnumerable<JsonElement> shapes = tensors.ValueKind == JsonValueKind.Array
            ? tensors.EnumerateArray().Select(tensor => tensor.GetProperty("shape"))
            : tensors.EnumerateObject().Select(tensor => tensor.Value.ValueKind == JsonValueKind.Array ? tensor.Value : tensor.Value.GetProperty("shape"));
        return shapes.Sum(shape => shape.EnumerateArray().Aggregate(1L, (product, side) => product * side.GetInt64()));
    }

    private static string[] Lines(string topic) => File.ReadAllLines(Path.Combine(Folder, topic + ".help.txt"));

    // Code stands four columns further in than prose; blocks are what lies between other lines.
    private static IEnumerable<string> Code(string topic)
    {
        List<string> block = [];
        foreach (string line in Lines(topic).Append(""))
        {
            if (line.StartsWith("        ", StringComparison.Ordinal) && line.Length > 8 && line[8] != ' ')
            {
                block.Add(line[8..]);
            }
            else if (line.StartsWith("            ", StringComparison.Ordinal) && block.Count > 0)
            {
                block.Add(line[8..]);
            }
            else if (block.Count > 0)
            {
                yield return string.Join('\n', block);
                block.Clear();
            }
        }
    }
}
