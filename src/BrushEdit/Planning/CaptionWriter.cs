using System.Text.RegularExpressions;
using BrushEdit.Editing;

namespace BrushEdit.Planning;

/// <summary>
/// Writes what a picture shows after an edit: from the caption before it if that is known, read as a list of objects, a setting and a light ("a red
/// ball and a blue cube on sand at dusk"); otherwise from the instruction alone.
/// </summary>
public static partial class CaptionWriter
{
    private static readonly HashSet<string> Times = ["day", "daytime", "night", "nighttime", "dusk", "dawn", "sunset", "sunrise", "noon", "midnight", "twilight", "morning", "evening", "night time", "golden hour"];

    private static readonly HashSet<string> Seasons = ["winter", "summer", "spring", "autumn", "fall", "rain", "snow", "fog", "mist"];

    private static readonly HashSet<string> Sizes = ["small", "large", "big", "tiny", "huge", "medium", "little"];

    /// <summary>Writes the caption after an edit.</summary>
    /// <param name="edit">The edit.</param>
    /// <param name="before">What the picture showed before; null or empty if it is not known.</param>
    public static string Write(ParsedInstruction edit, string? before)
    {
        ArgumentNullException.ThrowIfNull(edit);
        return string.IsNullOrWhiteSpace(before) ? Alone(edit) : After(edit, Parts.Of(before));
    }

    /// <summary>The objects that a caption lists, without articles and sizes, as a detector reads them: "red ball", "blue cube".</summary>
    /// <param name="caption">What a picture shows.</param>
    public static IReadOnlyList<string> Things(string caption)
    {
        ArgumentNullException.ThrowIfNull(caption);
        return [.. Parts.Of(caption).Things.Select(Plain).Where(t => t.Length > 0)];
    }

    /// <summary>What is behind the objects of a picture: for "a red ball on sand at dusk" it is "sand at dusk".</summary>
    /// <param name="caption">What the picture shows.</param>
    /// <returns>Null if the caption names no objects, or no place where they are.</returns>
    public static string? Behind(string? caption)
    {
        Parts parts = Parts.Of(caption ?? string.Empty);
        return parts.Things.Count > 0 && parts.Setting.Length > 0 ? (parts with { Things = [] }).ToString() : null;
    }

    /// <summary>One object in the place of a caption's objects, without them: "a blue star on sand at dusk".</summary>
    /// <param name="thing">The object, with its article.</param>
    /// <param name="caption">What the picture shows.</param>
    /// <returns>Null if the caption names no place.</returns>
    public static string? Alone(string thing, string? caption)
    {
        Parts parts = Parts.Of(caption ?? string.Empty);
        return parts.Things.Count > 1 && parts.Setting.Length > 0 ? (parts with { Things = [thing] }).ToString() : null;
    }

    private static string Alone(ParsedInstruction edit)
    {
        string target = string.Join(" and ", edit.Targets.Select(NounPhrases.WithArticle));
        switch (edit.Type)
        {
            case EditType.Remove:
                return edit.RemovedFrom is { } from && !edit.Targets.Any(t => PlanCheck.Names(from, t)) ? from : "an empty background";
            case EditType.Addition:
                return edit.PlaceText is { } place && edit.Anchors.Count > 0 ? $"{edit.NewContent} {OnNotTo(place)}" : edit.NewContent!;
            case EditType.Local:
                return edit.NewContent!;
            case EditType.Background:
                return edit.Targets.Count == 0 ? edit.NewContent! : $"{target} {edit.PlaceText ?? $"{Preposition(edit.NewContent!)} {edit.NewContent}"}";
            default:
                return Lit(new Parts([], "a picture", ""), edit.NewContent!);
        }
    }

    private static string After(ParsedInstruction edit, Parts before)
    {
        List<string> things = [.. before.Things];
        switch (edit.Type)
        {
            case EditType.Remove:
                foreach (string target in edit.Targets)
                {
                    string? item = Find(things, target);
                    if (item is null)
                    {
                        before = before with { Setting = Without(before.Setting, target) };
                        continue;
                    }

                    int at = things.IndexOf(item);
                    string rest = Without(item, target);
                    things.RemoveAt(at);
                    if (rest.Length > 0)
                    {
                        things.Insert(at, rest);
                    }
                }

                Parts left = before with { Things = things };
                return left.ToString() is { Length: > 0 } text ? text : "an empty background";
            case EditType.Addition:
                things.Add(before.Setting.Length == 0 && edit.PlaceText is { } place && edit.Anchors.Count > 0 ? $"{edit.NewContent} {OnNotTo(place)}" : edit.NewContent!);
                return (before with { Things = things }).ToString();
            case EditType.Local:
                bool found = false;
                for (int i = 0; i < edit.Targets.Count; i++)
                {
                    if (Find(things, edit.Targets[i]) is not { } item)
                    {
                        continue;
                    }

                    int at = things.IndexOf(item);
                    things[at] = edit.Look is { } look ? Recast(item, edit.Targets[i], look) : i == 0 || !found ? edit.NewContent! : "";
                    found = true;
                }

                things.RemoveAll(t => t.Length == 0);
                if (!found)
                {
                    things.Add(edit.NewContent!);
                }

                return (before with { Things = things }).ToString();
            case EditType.Background:
                string how = edit.PlaceText is { } said ? said
                    : $"{(before.Setting.StartsWith("on ", StringComparison.Ordinal) && Surface(edit.NewContent!) ? "on" : Preposition(edit.NewContent!))} {edit.NewContent}";
                return (before with { Setting = how }).ToString();
            default:
                return Lit(before, edit.NewContent!);
        }
    }

    // "night" replaces "at dusk", and likewise for a season or weather; a painting style is put in front.
    private static string Lit(Parts before, string content)
    {
        string plain = string.Join(' ', content.Split(' ').SkipWhile(w => w is "a" or "an" or "the"));
        string? phrase = plain is "day" or "daytime" ? "by day"
            : Times.Contains(plain) ? plain is "morning" or "evening" ? $"in the {plain}" : $"at {(plain == "nighttime" || plain == "night time" ? "night" : plain)}"
            : Seasons.Contains(plain) ? plain is "rain" or "snow" or "fog" or "mist" ? $"in the {plain}" : $"in {plain}"
            : plain.EndsWith(" day", StringComparison.Ordinal) || plain.EndsWith(" night", StringComparison.Ordinal) ? $"on {NounPhrases.WithArticle(plain)}"
            : null;
        if (phrase is not null)
        {
            return (before with { Light = phrase }).ToString();
        }

        string scene = before.ToString();
        string head = NounPhrases.Head(plain);
        return head is "painting" or "sketch" or "drawing" or "watercolour" or "watercolor" or "cartoon" or "comic" or "mosaic"
            ? $"{NounPhrases.WithArticle(plain)} of {scene}"
            : $"{scene}, {plain}";
    }

    private static string OnNotTo(string place) => place.StartsWith("to ", StringComparison.Ordinal) && !place.StartsWith("to the left", StringComparison.Ordinal) && !place.StartsWith("to the right", StringComparison.Ordinal) ? "on " + place[3..] : place;

    private static string Preposition(string place) => place.EndsWith("background", StringComparison.Ordinal) ? "against" : Surface(place) ? "on" : "in";

    private static bool Surface(string place) => Lexicon.Surfaces.Contains(NounPhrases.Head(place));

    // The listed object that a name refers to: it contains all words of the name; objects whose head is the name's head come first.
    private static string? Find(List<string> things, string name) =>
        things.FirstOrDefault(t => PlanCheck.Names(t, name) && PlanCheck.Names(NounPhrases.Head(t), NounPhrases.Head(name)))
        ?? things.FirstOrDefault(t => PlanCheck.Names(t, name))
        ?? things.FirstOrDefault(t => PlanCheck.Names(NounPhrases.Head(t), NounPhrases.Head(name)));

    private static string Recast(string item, string target, string look)
    {
        string head = NounPhrases.Head(target);
        if (!PlanCheck.Names(NounPhrases.Head(item), head))
        {
            return $"{item} with {NounPhrases.WithLook(target, look)}";
        }

        string[] words = item.Split(' ');
        int end = Array.FindIndex(words, w => PlanCheck.Names(w, head));
        bool color = look.Split(' ').Any(Lexicon.Colors.Contains);
        bool size = look.Split(' ').Any(Sizes.Contains);
        IEnumerable<string> kept = words.Take(end).Where(w => !Lexicon.Determiners.Contains(w) && !(color && Lexicon.Colors.Contains(w)) && !(size && Sizes.Contains(w)));
        string phrase = string.Join(' ', kept.Append(look).Concat(words.Skip(end)));
        return Lexicon.Determiners.Contains(words[0]) && words[0] is not ("a" or "an") ? $"{words[0]} {phrase}" : NounPhrases.WithArticle(phrase);
    }

    // "a woman walking her dog" without the dog is "a woman"; the dog alone leaves nothing.
    private static string Without(string item, string target)
    {
        string head = NounPhrases.Head(target);
        if (item.Length == 0 || PlanCheck.Names(NounPhrases.Head(item), head))
        {
            // "a dog on a sofa" without the dog keeps the sofa.
            Match place = PlaceOf().Match(item);
            return place.Success && item.Length > 0 && !PlanCheck.Names(place.Groups[1].Value, head) ? place.Groups[1].Value : "";
        }

        string[] words = item.Split(' ');
        int at = Array.FindIndex(words, w => PlanCheck.Names(w, head));
        if (at < 0)
        {
            return item;
        }

        int from = at;
        while (from > 1 && words[from - 1] is not ("with" or "and" or "on" or "in" or "beside" or "near") && !words[from - 1].EndsWith("ing", StringComparison.Ordinal) && !Lexicon.IsNoun(words[from - 1]))
        {
            from--;
        }

        from = from > 1 && !Lexicon.IsNoun(words[from - 1]) ? from - 1 : from;
        return string.Join(' ', words.Take(from).Concat(words.Skip(at + 1)));
    }

    private static string Plain(string thing)
    {
        string[] words = [.. NounPhrases.Bare([.. thing.Split(' ').Select(w => new Word(w.ToLowerInvariant(), w))]).Select(w => w.Shown).Where(w => !Sizes.Contains(w))];
        string head = NounPhrases.Head(string.Join(' ', words));
        int end = Array.IndexOf(words, head);
        return string.Join(' ', words.Take(end + 1).TakeLast(PlanCheck.MostTargetWords));
    }

    [GeneratedRegex(@"\b(?:on|in|at|near|beside|under|behind|above)\s+(.+)$")]
    private static partial Regex PlaceOf();

    [GeneratedRegex(@"\s*,?\s+((?:by day|at (?:dusk|night|dawn|sunset|sunrise|noon|midnight|twilight)|in the (?:morning|evening|rain|snow|fog|dark)|in (?:winter|summer|spring|autumn|daylight)|on an? \w+ (?:day|night)))\.?$", RegexOptions.IgnoreCase)]
    private static partial Regex LightOf();

    [GeneratedRegex(@"^(.*?)\s+((?:on|in|at|against|under|near|in front of|by)\s+(?!the (?:left|right|middle)\b)[^,]+)$", RegexOptions.IgnoreCase)]
    private static partial Regex SettingOf();

    [GeneratedRegex(@"\s*,\s*and\s+|\s*,\s*|\s+and\s+")]
    private static partial Regex Joints();

    /// <summary>A caption as a list of objects, the place where they are, and the light.</summary>
    private sealed record Parts(IReadOnlyList<string> Things, string Setting, string Light)
    {
        public static Parts Of(string caption)
        {
            string text = caption.Trim().TrimEnd('.');
            string light = "";
            Match lit = LightOf().Match(text);
            if (lit.Success)
            {
                light = lit.Groups[1].Value;
                text = text[..lit.Index];
            }

            // The setting follows the last object of the list.
            string[] items = [.. Joints().Split(text).Where(i => i.Length > 0)];
            string setting = "";
            if (items.Length > 0)
            {
                Match placed = SettingOf().Match(items[^1]);
                if (placed.Success)
                {
                    items[^1] = placed.Groups[1].Value;
                    setting = placed.Groups[2].Value;
                }
                else if (items.Length == 1 && Lexicon.Grounds.Contains(items[0].Split(' ')[^1]))
                {
                    return new Parts([], items[0], light);
                }
            }

            return new Parts(items, setting, light);
        }

        public override string ToString()
        {
            string list = Things.Count switch
            {
                0 => "",
                1 => Things[0],
                _ => $"{string.Join(", ", Things.SkipLast(1))} and {Things[^1]}",
            };
            string setting = Setting;
            if (list.Length == 0 && setting.Length > 0)
            {
                // Without an object on it, the background remains alone.
                setting = PlaceOf().Match(setting) is { Success: true } place ? place.Groups[1].Value : setting;
            }
            else if (list.Length > 0 && setting.Length > 0 && PlaceOf().Match(setting) is not { Success: true, Index: 0 } && !setting.StartsWith("against", StringComparison.Ordinal) && !setting.StartsWith("by ", StringComparison.Ordinal))
            {
                setting = $"on {setting}";
            }

            return string.Join(' ', new[] { list, setting, Light }.Where(p => p.Length > 0));
        }
    }
}
