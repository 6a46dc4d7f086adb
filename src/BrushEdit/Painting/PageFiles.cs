using System.Reflection;
using BrushEdit.Serving;

namespace BrushEdit.Painting;

/// <summary>The page's own files, which are embedded in the assembly.</summary>
internal static class PageFiles
{
    private const string Prefix = "BrushEdit.Painting.Page.";

    private static readonly IReadOnlyDictionary<string, PageAnswer> Files = Read();

    /// <summary>Returns a file; null if none has that name.</summary>
    /// <param name="name">The name; empty for the page itself.</param>
    public static PageAnswer? Find(string name) => Files.GetValueOrDefault(name.Length == 0 ? "index.html" : name);

    private static Dictionary<string, PageAnswer> Read()
    {
        Assembly assembly = typeof(PageFiles).Assembly;
        return assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).ToDictionary(
            name => name[Prefix.Length..],
            name =>
            {
                using Stream stream = assembly.GetManifestResourceStream(name)!;
                byte[] bytes = new byte[stream.Length];
                stream.ReadExactly(bytes);
                return new PageAnswer(System.Net.HttpStatusCode.OK, Type(name), bytes);
            });
    }

    private static string Type(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "text/javascript; charset=utf-8",
    };
}
