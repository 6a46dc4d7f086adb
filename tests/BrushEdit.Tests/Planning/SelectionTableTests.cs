using BrushEdit.Editing;
using BrushEdit.Planning;

namespace BrushEdit.Tests.Planning;

/// <summary>
/// The rules against tables that say which and how many, and that hold what is no edit. A wrong plan costs more than a question: of what is
/// accepted nearly all must be right, and a row that need not be understood may be refused. What the rules read of each at first sight
/// stands in bench/RESULTS.md.
/// </summary>
public class SelectionTableTests(ITestOutputHelper output)
{
    private static readonly HashSet<string> Articles = ["a", "an", "the"];

    [Theory]
    [InlineData("instructions-selection.tsv", 225, 0.97)]
    [InlineData("instructions-selection-control.tsv", 90, 0.95)]
    [InlineData("instructions-selection-last.tsv", 65, 0.95)]
    [InlineData("instructions-fourth.tsv", 201, 0.97)]
    [InlineData("instructions-fifth.tsv", 200, 0.95)]
    public void What_is_accepted_is_right(string table, int rows, double least)
    {
        int accepted = 0, right = 0, selected = 0, named = 0, wanted = 0, read = 0;
        string[][] all = [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Planning", table)).Where(line => line.Length > 0 && line[0] != '#').Select(line => (line + "\t\t\t\t\t").Split('\t')[..6])];
        foreach (string[] row in all)
        {
            bool must = !Among(row[1], "Refused");
            wanted += must ? 1 : 0;
            ParsedInstruction plan;
            try
            {
                plan = InstructionParser.Parse(row[0]);
            }
            catch (EditException fault)
            {
                Assert.Equal(EditFault.BadArgument, fault.Kind);
                Assert.StartsWith($"The instruction '{row[0]}' ", fault.Message, StringComparison.Ordinal);
                Assert.NotNull(fault.Remedy);
                output.WriteLine(must ? $"refused: {fault.Message}" : string.Empty);
                continue;
            }

            accepted++;
            string target = plan.Target ?? (plan.Type == EditType.Background ? RulesPlanner.UnnamedForeground : string.Empty);
            bool good = Among(row[1], plan.Type.ToString()) && (plan.Type is EditType.Addition or EditType.Global || Among(row[2], target));
            right += good ? 1 : 0;
            read += good && must ? 1 : 0;
            if (!good)
            {
                output.WriteLine($"{row[0]}: {plan.Type} of '{target}', not {row[1]} of '{row[2]}'");
            }

            if (good && plan.Type is EditType.Remove or EditType.Local)
            {
                string how = string.Join(" + ", plan.Selection.Select(one => one.How.Length == 0 ? "one" : one.How));
                bool told = row[5].Length == 0 ? how == "one" : Among(row[5], how);
                named++;
                selected += told ? 1 : 0;
                if (!told)
                {
                    output.WriteLine($"{row[0]}: selects '{how}', not '{row[5]}'");
                }
            }
        }

        output.WriteLine($"{table}: {accepted} of {all.Length} accepted, {right} right; {read} of {wanted} that must be read; {selected} of {named} selections");
        Assert.Equal(rows, all.Length);
        Assert.True(right >= least * accepted, $"{right} of {accepted} accepted are right.");
        Assert.True(read >= 0.95 * wanted, $"{read} of {wanted} are read right.");
        Assert.True(selected >= 0.9 * named, $"{selected} of {named} selections are right.");
    }

    private static bool Among(string alternatives, string given) => alternatives.Split('|').Any(one => Plain(one) == Plain(given));

    private static string Plain(string text) => string.Join(' ', text.ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(word => !Articles.Contains(word)));
}
