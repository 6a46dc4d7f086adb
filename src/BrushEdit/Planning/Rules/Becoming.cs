using BrushEdit.Editing;

namespace BrushEdit.Planning;

/// <summary>Determines the edit from the words for the old and the new content.</summary>
internal static class Becoming
{
    /// <summary>The edit that turns the old content into the new: another background, picture, look or object.</summary>
    public static Clause Become(IReadOnlyList<Selection> antecedent, List<Word> what, List<Word> into, bool exchange = false, bool quality = false)
    {
        into = [.. NounPhrases.Trim(into)];
        bool material = false;
        for (bool again = true; again && into.Count > 0;)
        {
            int skip = 0;
            foreach (string said in (string[])["look more like", "look like", "look better in", "look as", "look", "appear", "become", "into", "to be", "to", "be", "as", "like", "out of", "of", "in", "better in", "the colour", "the color", "a shade of", "made of", "made out of"])
            {
                string[] words = said.Split(' ');
                if (NounPhrases.Starts(into, words) && into.Count > words.Length)
                {
                    skip = words.Length;
                    quality |= said is "look" or "appear" && into[skip].Text is not ("a" or "an" or "the") && !Lexicon.IsNoun(into[^1].Text) && into.Count - skip < 3;
                    material |= said is "out of" or "of" or "made of" or "made out of" or "in";
                    break;
                }
            }

            again = skip > 0;
            into = into[skip..];
        }

        if (into.Count == 0)
        {
            return Clause.Refused("it does not describe the new look or content.");
        }

        if (into[0].Text == "not")
        {
            return Clause.Refused("it says only what the result must not be; say what it should be.");
        }

        if (Lexicon.Vague.Contains(into[^1].Text) || (into.Count == 1 && into[0].Text is "it" or "them"))
        {
            return Clause.Refused($"'{Word.Join(into)}' does not describe a look.");
        }

        if (into.Count == 1 && into[0].Text is "invisible" or "disappear")
        {
            return Removals.Gone(antecedent, what);
        }

        string? oldLook = null;
        int fromWord = NounPhrases.IndexOf(what, "from");
        if (fromWord > 0 && fromWord < what.Count - 1 && !SelectionReader.IsFromSide(what, fromWord))
        {
            oldLook = Word.Join(what[(fromWord + 1)..]);
            what = what[..fromWord];
        }

        if (Backgrounds.IsBackground(what, out List<Selection> stays))
        {
            if (into.Any(w => w.Text is "transparent" or "invisible"))
            {
                return Clause.Refused("a filled picture has no transparency.");
            }

            if (into[^1].Text is "blurred" or "blurry")
            {
                return Clause.Refused("a fill draws a new background; it cannot blur the existing one.");
            }

            int bg = into.Count - 1;
            string scene = NounPhrases.IsLook(into) ? $"a {Word.Join(into)} background"
                : bg > 0 && Lexicon.BackgroundWords.Contains(into[bg].Text) && !NounPhrases.IsLook(into[..bg]) && into[0].Text != "the" ? NounPhrases.WithArticle(Word.Join(NounPhrases.Bare(into[..bg])))
                : NounPhrases.Content(into);
            return new Clause { Type = EditType.Background, Targets = stays, Content = scene, Look = NounPhrases.IsLook(into) ? Word.Join(into) : null };
        }

        if (GlobalEdits.IsWhole(what) && (what.Count == 0 || what[^1].Text is not ("it" or "this" or "that") || antecedent.Count == 0 || GlobalEdits.IsWholeTerm(into)))
        {
            if (into.Count == 1 && Lexicon.Sizes.Contains(into[0].Text))
            {
                return Clause.Refused("an edit cannot change the size of the picture.");
            }

            bool color = NounPhrases.IsLook(into) && into.All(w => Lexicon.Colors.Contains(w.Text) || Lexicon.Degrees.Contains(w.Text) || w.Text == "and") && Word.Join(into) is not ("black and white" or "rainbow");
            return color && what.Count > 0 && what[^1].Text is "it" or "this" or "that" ? Clause.Refused($"it does not name what should be {Word.Join(into)}.") : GlobalEdits.Whole(into);
        }

        if (GlobalEdits.IsAspect(what))
        {
            string aspect = what[^1].Text;
            return GlobalEdits.Whole(aspect is "lighting" or "style" or "weather" && into.Count > 0 && into[^1].Text != aspect ? [.. into, what[^1]] : into);
        }

        List<Word> named = Attribute(what, out bool attribute);
        if (attribute && Backgrounds.IsBackground(named, out _))
        {
            return Become(antecedent, named, into);
        }

        List<Selection> names = GlobalEdits.IsWhole(named) || (named.Count == 1 && named[0].Text is "them" && antecedent.Count > 0) ? [.. antecedent] : NounPhrases.Names(named);
        if (names.Count == 0 || names.Any(one => one.Phrase.Length == 0))
        {
            return Clause.Refused("it does not name what to change.");
        }

        if (into.Count > 1 && into[0].Text is "say" or "read" or "show")
        {
            return Local(names, [.. NounPhrases.Bare(named), into[0].Text == "show" ? new Word("showing", "showing") : new Word("saying", "saying"), .. into[1..]]);
        }

        if (attribute && !NounPhrases.IsLook(into) && into.Count > 2)
        {
            return Clause.Refused($"'{Word.Join(into)}' is not a colour.");
        }

        bool look = attribute || quality || (NounPhrases.IsLook(into) && (into[0].Text is not ("a" or "an") || (into.Count > 2 && Lexicon.IsDegree(into[1].Text))) && (!exchange || into.Count == 1 && !Lexicon.IsNoun(into[0].Text)));
        // "Into gold", without an article, names a material; "into a glass" names an object.
        if (!look && (material || !exchange) && into.Count == 1 && Lexicon.Materials.Contains(into[0].Text))
        {
            look = true;
        }

        if (!look && !exchange && into.Count == 1 && (Lexicon.Doings.ContainsValue(into[0].Text) || (!Lexicon.IsNoun(into[0].Text) && (into[0].Text.EndsWith("er", StringComparison.Ordinal) || into[0].Text.EndsWith("ed", StringComparison.Ordinal) || into[0].Text.EndsWith("ing", StringComparison.Ordinal)))))
        {
            look = true;
        }

        if (!look)
        {
            return Local(names, into);
        }

        string how = Word.Join(into);
        IEnumerable<string> after = names.Select(n => n.Phrase).Select(n => NounPhrases.WithLook(oldLook is null || n == oldLook ? n : string.Join(' ', n.Split(' ').Where(x => x != oldLook)), how));
        return new Clause { Type = EditType.Local, Targets = names, Content = string.Join(" and ", after), Look = how };
    }

    /// <summary>Whether words name the colour of an object: "the colour of the car", "the car's colour".</summary>
    public static bool IsColorOf(List<Word> what)
    {
        Attribute(what, out bool attribute);
        return attribute;
    }

    // "the colour of the car", "the car's colour", "the shirt color": the object that has the colour.
    private static List<Word> Attribute(List<Word> what, out bool attribute)
    {
        attribute = false;
        List<Word> bare = [.. NounPhrases.Bare(what)];
        if (bare.Count > 2 && bare[0].Text is "color" or "colour" && bare[1].Text == "of")
        {
            attribute = true;
            return bare[2..];
        }

        if (bare.Count > 2 && bare[0].Text is "shape" or "kind" or "type" or "breed" or "design" && bare[1].Text == "of")
        {
            return bare[2..];
        }

        if (bare.Count > 1 && bare[^1].Text is "color" or "colour")
        {
            attribute = true;
            List<Word> owner = bare[..^1];
            string last = owner[^1].Text;
            owner[^1] = last.EndsWith("'s", StringComparison.Ordinal) ? new Word(last[..^2], owner[^1].Shown[..^2]) : owner[^1];
            return owner;
        }

        return what;
    }

    /// <summary>A new object in place of the named one.</summary>
    public static Clause Local(List<Selection> names, List<Word> content)
    {
        string now = NounPhrases.Content(content);
        return names.Count == 0 ? Clause.Refused("it does not name what to change.")
            : now.Length == 0 ? Clause.Refused("it does not name the replacement.")
            : new Clause { Type = EditType.Local, Targets = names, Content = NounPhrases.WithArticle(now) };
    }
}
