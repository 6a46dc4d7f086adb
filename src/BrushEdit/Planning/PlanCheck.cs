using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.Planning;

/// <summary>The conditions that a plan must meet before anything is filled.</summary>
public static class PlanCheck
{
    /// <summary>The maximum number of words in one name of a target.</summary>
    public const int MostTargetWords = NounPhrases.MostWords;

    /// <summary>The maximum length of a caption, in characters; CLIP reads 77 tokens.</summary>
    public const int MostCaptionCharacters = 400;

    private static readonly HashSet<string> Small = ["a", "an", "the", "of", "on", "in", "at", "to", "with", "and", "by", "his", "her", "their", "it", "left", "right"];

    /// <summary>Whether a kind of edit has a target to find.</summary>
    public static bool NeedsTarget(EditType type) => type is EditType.Remove or EditType.Local or EditType.Background;

    /// <summary>What is wrong with a target; null if it is valid.</summary>
    /// <param name="target">The target.</param>
    /// <param name="type">The kind of edit.</param>
    public static string? TargetFault(string? target, EditType type)
    {
        if (string.IsNullOrWhiteSpace(target))
        {
            return NeedsTarget(type) ? "the target is empty" : null;
        }

        foreach (string name in target.Split('.', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            int words = name.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;
            if (words > MostTargetWords)
            {
                return $"the target has {words} words; at most {MostTargetWords} are allowed";
            }
        }

        return !target.Any(char.IsLetter) ? "the target contains no word"
            : target.Any(c => char.IsControl(c) || c is '/' or '\\' or '{' or '}' or '<' or '>') ? "the target contains characters that are not part of a noun"
            : type == EditType.Background && target.Trim().ToLowerInvariant() is "background" or "the background" or "backdrop" && type == EditType.Background ? "the target of a background edit must be the foreground, which stays"
            : null;
    }

    /// <summary>What is wrong with a caption; null if it is valid.</summary>
    /// <param name="caption">The caption after the edit.</param>
    /// <param name="type">The kind of edit.</param>
    /// <param name="target">What is removed or replaced.</param>
    /// <param name="newContent">What replaces it; its words are allowed in the caption.</param>
    public static string? CaptionFault(string? caption, EditType type, string? target, string? newContent)
    {
        if (string.IsNullOrWhiteSpace(caption))
        {
            return "the caption is empty";
        }

        if (caption.Length > MostCaptionCharacters || caption.Any(c => char.IsControl(c)))
        {
            return caption.Length > MostCaptionCharacters ? $"the caption has {caption.Length} characters; at most {MostCaptionCharacters} are allowed" : "the caption has more than one line";
        }

        if (caption.AsSpan().ContainsAny('{', '}'))
        {
            return "the caption contains braces, like JSON";
        }

        if (type is not (EditType.Remove or EditType.Local) || string.IsNullOrWhiteSpace(target))
        {
            return null;
        }

        foreach (string name in target.Split('.', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (Names(caption, name) && !(type == EditType.Local && (newContent is null || Names(newContent, name) || Names(newContent, NounPhrases.Head(name)))))
            {
                return $"the caption names '{name}', which is {(type == EditType.Remove ? "removed" : "replaced")}";
            }
        }

        return null;
    }

    /// <summary>Whether a text names an object: it contains all significant words of the name, in the singular or the plural.</summary>
    /// <param name="text">A caption.</param>
    /// <param name="name">A name such as <c>red ball</c>.</param>
    public static bool Names(string text, string name)
    {
        HashSet<string> words = [.. Words(text)];
        string[] wanted = [.. Words(name).Where(w => !Small.Contains(w))];
        return wanted.Length > 0 && wanted.All(words.Contains);
    }

    /// <summary>What is wrong with the box of an addition; null if it is valid.</summary>
    /// <param name="box">The box in pixels.</param>
    /// <param name="width">The picture's width.</param>
    /// <param name="height">The picture's height.</param>
    public static string? BoxFault(Box box, int width, int height) =>
        box.IsEmpty || !double.IsFinite(box.X + box.Y + box.Width + box.Height) ? "the box has no area"
        : box.X < -1 || box.Y < -1 || box.Right > width + 1 || box.Bottom > height + 1 ? $"the box {box} is not inside the picture of {width} x {height} pixels"
        : null;

    private static IEnumerable<string> Words(string text) => text.ToLowerInvariant()
        .Split([' ', ',', '.', ';', '"', '(', ')', '-', '!', '?'], StringSplitOptions.RemoveEmptyEntries)
        .Select(w => w.EndsWith("'s", StringComparison.Ordinal) ? w[..^2] : w)
        .Select(w => w.Length > 3 && w.EndsWith('s') && !w.EndsWith("ss", StringComparison.Ordinal) ? w[..^1] : w);
}
