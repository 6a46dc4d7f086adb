using System.Management.Automation;
using System.Reflection;

namespace BrushEdit.HelpBuilder;

/// <summary>Builds the module's help file from the pages in <c>module/help</c>.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        if (args.Length != 3)
        {
            Console.Error.WriteLine("usage: BrushEdit.HelpBuilder <cmdlet assembly> <folder of pages> <help file to write>");
            return 2;
        }

        Dictionary<string, CmdletInfo> cmdlets = Assembly.LoadFrom(args[0]).GetExportedTypes()
            .Select(type => (Type: type, Attribute: type.GetCustomAttribute<CmdletAttribute>()))
            .Where(pair => pair.Attribute is not null)
            .Select(pair => new CmdletInfo($"{pair.Attribute!.VerbName}-{pair.Attribute.NounName}", pair.Type))
            .ToDictionary(cmdlet => cmdlet.Name);
        try
        {
            string sharedFile = Path.Combine(args[1], "shared", "Parameters.md");
            IReadOnlyDictionary<string, string> shared = HelpPage.Read(sharedFile).Parameters;
            List<(HelpPage, CmdletInfo)> pages = [];
            foreach (string file in Directory.EnumerateFiles(args[1], "*.md").Order(StringComparer.Ordinal))
            {
                HelpPage page = HelpPage.Read(file);
                if (page.Name != Path.GetFileNameWithoutExtension(file) || !cmdlets.TryGetValue(page.Name, out CmdletInfo? cmdlet))
                {
                    throw new FormatException($"{file}: there is no cmdlet '{page.Name}', or the file is named otherwise.");
                }

                if (page.Parameters.Keys.FirstOrDefault(p => !cmdlet.Parameters.ContainsKey(p)) is { } unknown)
                {
                    throw new FormatException($"{file}: {page.Name} has no parameter -{unknown}.");
                }

                pages.Add((page, cmdlet));
            }

            Directory.CreateDirectory(Path.GetDirectoryName(args[2])!);
            MamlWriter.Write(pages, shared).Save(args[2]);
            return 0;
        }
        catch (FormatException fault)
        {
            // MSBuild's error format, so that the build's output names the page.
            Console.Error.WriteLine($"error HELP001: {fault.Message}");
            return 1;
        }
    }
}
