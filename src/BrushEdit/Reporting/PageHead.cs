using System.Security.Cryptography;
using System.Text;

namespace BrushEdit.Reporting;

/// <summary>The head of a page. The page loads nothing from elsewhere, and its policy forbids it.</summary>
/// <param name="style">Its style sheet.</param>
/// <param name="script">Its script.</param>
internal sealed class PageHead(string style, string script)
{
    /// <summary>Writes the head.</summary>
    /// <param name="html">The page.</param>
    /// <param name="title">Its title.</param>
    public void Write(HtmlWriter html, string title)
    {
        using (html.Begin("head"))
        {
            html.Void("meta", ("charset", "utf-8"));
            html.Void("meta", ("http-equiv", "Content-Security-Policy"), ("content", Policy));
            html.Void("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1"));
            html.Void("meta", ("name", "color-scheme"), ("content", "light dark"));
            html.Void("meta", ("name", "referrer"), ("content", "no-referrer"));
            html.Put("title", title);
            html.Own("style", style);
        }
    }

    /// <summary>Writes the script, at the page's end.</summary>
    /// <param name="html">The page.</param>
    public void WriteScript(HtmlWriter html) => html.Own("script", script);

    /// <summary>What this project's pages are made of. Line ends as in the repository on every machine: the policy holds the hash of what is between the tags.</summary>
    /// <param name="name">The file's name.</param>
    public static string Resource(string name)
    {
        using Stream stream = typeof(PageHead).Assembly.GetManifestResourceStream("BrushEdit.Reporting." + name)!;
        using StreamReader reader = new(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    private string Policy =>
        $"default-src 'none'; img-src data:; style-src '{Hash(style)}'; script-src '{Hash(script)}'; base-uri 'none'; form-action 'none'";

    private static string Hash(string content) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)));
}
