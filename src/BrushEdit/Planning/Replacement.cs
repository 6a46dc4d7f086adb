using BrushEdit.Editing;

namespace BrushEdit.Planning;

/// <summary>Distinguishes a replacement by another kind of object, which needs its own space, from a new look of the same object.</summary>
public static class Replacement
{
    /// <summary>
    /// Whether a plan puts another kind of thing in the target's place: "a cat" for a dog does, "a brown dog" and "a dog with a hat" do not.
    /// What fills a shape and has none of its own, such as snow or gold, is not a thing: it takes the target's outline.
    /// </summary>
    /// <param name="plan">The plan. Where it does not tell what comes (<see cref="EditPlan.NewContent"/>), its caption is read instead.</param>
    /// <returns>False for edits of other kinds than local ones, and where plan and caption do not say what comes.</returns>
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

        // Of new content the words before "with", "of" or "on" say what it is; a caption may name the thing anywhere.
        string subject = string.Join(' ', plan.NewContent is null || end < 0 ? words : words[..end]);
        string head = NounPhrases.Head(subject);
        return !NounPhrases.IsStuff(head) && !plan.Target
            .Split('.', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Any(name => PlanCheck.Names(subject, NounPhrases.Head(name)));
    }
}
