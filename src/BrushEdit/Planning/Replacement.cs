using BrushEdit.Editing;

namespace BrushEdit.Planning;

/// <summary>Distinguishes a replacement by another kind of object, which needs its own space, from a new look of the same object.</summary>
public static class Replacement
{
    /// <summary>
    /// Whether a plan puts another kind of object in the target's place: "a cat" for a dog does, "a brown dog" and "a dog with a hat" do not. A
    /// material that fills a shape and has none itself, such as snow or gold, is not an object: it keeps the target's outline.
    /// </summary>
    /// <param name="plan">The plan. If it does not name the new content (<see cref="EditPlan.NewContent"/>), its caption is read instead.</param>
    /// <returns>False for edits that are not local, and if neither plan nor caption names the new content.</returns>
    public static bool IsAnotherKind(EditPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        string? comes = plan.NewContent ?? plan.Caption;
        if (plan.EditType != EditType.Local || string.IsNullOrWhiteSpace(plan.Target) || string.IsNullOrWhiteSpace(comes))
        {
            return false;
        }

        string[] words = comes.Trim().TrimEnd('.').ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        int end = Array.FindIndex(words, 1, NounPhrases.IsPreposition);

        // In new content, the words before "with", "of" or "on" name the object; a caption can name it anywhere.
        string subject = string.Join(' ', plan.NewContent is null || end < 0 ? words : words[..end]);
        string head = NounPhrases.Head(subject);
        return !NounPhrases.IsStuff(head) && !plan.Target
            .Split('.', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Any(name => PlanCheck.Names(subject, NounPhrases.Head(name)));
    }
}
