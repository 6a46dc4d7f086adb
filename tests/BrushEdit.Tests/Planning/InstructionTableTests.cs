using BrushEdit.Editing;
using BrushEdit.Planning;

namespace BrushEdit.Tests.Planning;

/// <summary>
/// The rules against tables of what people type, each written before the rules, or before their change for it. A row may be missed,
/// for the table is not the rules' to tune; nineteen of twenty must be right, and of each type too many to be luck.
/// </summary>
public class InstructionTableTests(ITestOutputHelper output)
{
    private static readonly HashSet<string> Articles = ["a", "an", "the", "some"];

    /// <summary>The first table, whose rows are as many as the project promises to read.</summary>
    internal const string First = "instructions.tsv";

    /// <summary>The second: what people type in a hurry, written after the rules and before they were changed for it.</summary>
    internal const string Everyday = "instructions-everyday.tsv";

    /// <summary>The third: read for the first time after that change, to see how far it carries.</summary>
    internal const string Control = "instructions-control.tsv";

    public static IEnumerable<string[]> Rows(string table) => File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Planning", table))
        .Where(l => l.Length > 0 && l[0] != '#').Select(l => (l + "\t\t\t\t").Split('\t')[..5]);

    [Theory]
    [InlineData(First, 300, 0.95, 0.9)]
    [InlineData(Everyday, 150, 0.95, 0.9)]
    [InlineData(Control, 80, 0.85, 0.75)]
    public void Most_instructions_of_a_table_are_read_right(string table, int rows, double least, double leastOfType)
    {
        List<(string Type, string? Fault)> results = [.. Rows(table).Select(r => (r[1], Fault(r) is { } f ? $"{r[0]}: {f}" : null))];
        foreach ((_, string? fault) in results.Where(r => r.Fault is not null))
        {
            output.WriteLine(fault!);
        }

        int right = results.Count(r => r.Fault is null);
        output.WriteLine($"{right} of {results.Count} right");
        Assert.True(results.Count >= rows);
        Assert.True(right >= least * results.Count, $"{right} of {results.Count} right; wrong:{Environment.NewLine}{string.Join(Environment.NewLine, results.Select(r => r.Fault).Where(f => f is not null))}");
        foreach (IGrouping<string, (string Type, string? Fault)> type in results.GroupBy(r => r.Type).Where(g => g.Count() > 10))
        {
            Assert.True(type.Count(r => r.Fault is null) >= leastOfType * type.Count(), $"{type.Key}: {type.Count(r => r.Fault is null)} of {type.Count()} right.");
        }
    }

    [Theory]
    [InlineData(First)]
    [InlineData(Everyday)]
    public void A_table_has_all_types_and_things_to_refuse(string table)
    {
        ILookup<string, string[]> types = Rows(table).ToLookup(r => r[1]);
        foreach (string type in Enum.GetNames<EditType>().Append("Refused"))
        {
            Assert.True(types[type].Count() >= 20, type);
        }

        Assert.Equal(Rows(table).Count(), Rows(table).Select(r => r[0]).Distinct().Count());
    }

    /// <summary>What is wrong with a row's reading; null where nothing is.</summary>
    private static string? Fault(string[] row)
    {
        ParsedInstruction plan;
        try
        {
            plan = InstructionParser.Parse(row[0]);
        }
        catch (EditException fault)
        {
            Assert.Equal(EditFault.BadArgument, fault.Kind);
            return Among(row[1], "Refused") ? null : fault.Message;
        }

        if (!Among(row[1], plan.Type.ToString()))
        {
            return $"is {plan.Type}, not {row[1]}";
        }

        string target = plan.Target ?? (plan.Type == EditType.Background ? RulesPlanner.UnnamedForeground : "");
        string place = plan.Relation == PlaceRelation.None ? "" : $"{plan.Relation} {string.Join(". ", plan.Anchors.Select(one => one.Phrase))}".Trim();
        return !Among(row[2], target) ? $"target '{target}', not '{row[2]}'"
            : !Among(row[3], plan.NewContent ?? "") && !(row[3] == "" && plan.Type == EditType.Remove) ? $"new content '{plan.NewContent}', not '{row[3]}'"
            : plan.Type == EditType.Addition && row[4] != "" && !Among(row[4], place) ? $"place '{place}', not '{row[4]}'"
            : plan.Targets.Any(t => t.Split(' ').Length > 5) ? $"target '{target}' is too long"
            : null;
    }

    private static bool Among(string alternatives, string given) => alternatives.Split('|').Any(a => Plain(a) == Plain(given));

    private static string Plain(string text) => string.Join(' ', text.ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(w => !Articles.Contains(w)));
}
