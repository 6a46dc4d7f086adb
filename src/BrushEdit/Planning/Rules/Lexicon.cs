using System.Reflection;

namespace BrushEdit.Planning;

/// <summary>The vocabulary of the instruction parser, grouped by function in a sentence.</summary>
internal static class Lexicon
{
    /// <summary>Verbs that remove an object from the picture, alone or with a particle.</summary>
    public static readonly HashSet<string> RemoveVerbs = Set("remove erase delete eliminate hide lose strip omit drop exclude discard scrub kill zap ditch banish dump axe nuke");

    /// <summary>Verbs that remove only together with a particle: "edit out", "take away".</summary>
    public static readonly HashSet<string> ParticleVerbs = Set("take edit photoshop crop cut wipe clean airbrush get clear paint mask rub filter throw chuck pull kick");

    /// <summary>Particles that turn <see cref="ParticleVerbs"/> into verbs of removal.</summary>
    public static readonly HashSet<string> RemoveParticles = Set("out away off");

    /// <summary>Verbs that add a new object.</summary>
    public static readonly HashSet<string> AddVerbs = Set("add insert include introduce append");

    /// <summary>Verbs that place an object: a new one ("a dog"), or one that is already in the picture ("the dog").</summary>
    public static readonly HashSet<string> PlaceVerbs = Set("put place set hang stick plant park throw draw paint show attach lay drop stand have position position sketch write create generate let");

    /// <summary>Verbs that move an object in the picture to another place.</summary>
    public static readonly HashSet<string> MoveVerbs = Set("move take bring transport teleport send");

    /// <summary>Verbs with two objects joined by "with", "by" or "for": the old and the new.</summary>
    public static readonly HashSet<string> ReplaceVerbs = Set("replace swap exchange substitute trade");

    /// <summary>Verbs with two objects joined by "into" or "to": the old one and what it becomes.</summary>
    public static readonly HashSet<string> BecomeVerbs = Set("change turn transform convert switch morph alter modify edit recast update transmute upgrade restyle stylize stylise reimagine redraw rework");

    /// <summary>Verbs followed directly by an object and its new look.</summary>
    public static readonly HashSet<string> MakeVerbs = Set("make render");

    /// <summary>Verbs that give a colour.</summary>
    public static readonly HashSet<string> ColorVerbs = Set("paint color colour recolor recolour dye tint spray repaint stain");

    /// <summary>Verbs with a word for their result: "blur the wall" makes a blurred wall.</summary>
    public static readonly Dictionary<string, string> StateVerbs = new(StringComparer.Ordinal)
    {
        ["blur"] = "blurred",
        ["open"] = "open",
        ["close"] = "closed",
        ["shut"] = "closed",
        ["light"] = "lit",
        ["brighten"] = "brighter",
        ["darken"] = "darker",
        ["shrink"] = "smaller",
        ["enlarge"] = "bigger",
        ["break"] = "broken",
        ["burn"] = "burning",
        ["lengthen"] = "longer",
        ["shorten"] = "shorter",
        ["age"] = "older",
        ["lighten"] = "lighter",
        ["freeze"] = "frozen",
        ["decorate"] = "decorated",
    };

    /// <summary>Verbs that leave something unchanged.</summary>
    public static readonly HashSet<string> KeepVerbs = Set("keep leave preserve retain maintain");

    /// <summary>Other verbs that can begin a clause.</summary>
    public static readonly HashSet<string> OtherVerbs = Set("give use apply fix let want repair heal fill cover wrap surround isolate");

    /// <summary>Verbs that are also nouns; after "and" they begin a clause only if an article or pronoun follows.</summary>
    public static readonly HashSet<string> AlsoNouns =
        Set("light park plant color colour paint stick place show set cut dye tint turn switch change exchange swap blur draw drop stand lay stain spray filter mask trade use hang sketch break clear open close let move update age cover wrap surround dump axe rework fill pull kick");

    /// <summary>Every verb that can begin a clause.</summary>
    public static readonly HashSet<string> Verbs =
        [.. RemoveVerbs, .. ParticleVerbs, .. AddVerbs, .. PlaceVerbs, .. MoveVerbs, .. ReplaceVerbs, .. BecomeVerbs, .. MakeVerbs, .. ColorVerbs, .. StateVerbs.Keys, .. KeepVerbs, .. OtherVerbs];

    /// <summary>Words that begin a noun phrase and name nothing.</summary>
    public static readonly HashSet<string> Determiners = Set("the a an some this that these those my his her their its our your all every each both any another");

    /// <summary>Words that mark an object as new.</summary>
    public static readonly HashSet<string> Indefinite = Set("a an some another more many several few one two three four five six seven eight nine ten extra additional new lots");

    /// <summary>Words that mark an object as already in the picture.</summary>
    public static readonly HashSet<string> Definite = Set("the this that these those my his her their its our your him them it me us");

    /// <summary>Pronouns for people, and the detector queries that replace them.</summary>
    public static readonly Dictionary<string, string> People = new(StringComparer.Ordinal)
    {
        ["him"] = "person",
        ["her"] = "person",
        ["he"] = "person",
        ["she"] = "person",
        ["me"] = "person",
        ["them"] = "people",
        ["they"] = "people",
        ["us"] = "people",
        ["myself"] = "person",
    };

    /// <summary>Names for the whole picture.</summary>
    public static readonly HashSet<string> WholePicture = Set("picture image photo photograph scene shot frame pic everything whole all world atmosphere mood drawing");

    /// <summary>Properties of the whole picture that can be changed by name.</summary>
    public static readonly HashSet<string> WholeAspects = Set("season weather time style lighting light mood atmosphere tone filter day night daytime nighttime summer winter spring autumn setting");

    /// <summary>Qualities of the picture itself: "more contrast", "warmer colours".</summary>
    public static readonly HashSet<string> PictureQualities = Set("contrast brightness saturation colors colours tones exposure sharpness warmth lighting vibrance");

    /// <summary>Words that name a style at the end of a phrase: "cyberpunk style".</summary>
    public static readonly HashSet<string> Manners = Set("style aesthetic vibe vibes look");

    /// <summary>Names for what is behind the foreground.</summary>
    public static readonly HashSet<string> BackgroundWords = Set("background backdrop backgrounds surroundings scenery environment location");

    /// <summary>Objects that give light when they are switched on.</summary>
    public static readonly HashSet<string> LightSources = Set("light lights lamp lamps lantern lanterns candle candles bulb bulbs chandelier streetlight streetlights headlight headlights lamppost torch neon");

    /// <summary>Colours and their shades.</summary>
    public static readonly HashSet<string> Colors =
        Set("red orange yellow green cyan blue purple pink white black grey gray brown violet magenta turquoise teal beige gold golden silver navy maroon crimson scarlet lime olive indigo lavender blond blonde cream tan bronze copper rainbow ivory");

    /// <summary>Words that can precede a colour or a quality.</summary>
    public static readonly HashSet<string> Degrees = Set("bright dark light pale deep very really more less much slightly bit little hot neon pastel so too extra completely all a");

    /// <summary>Qualities that can follow the word they describe: "make the car new".</summary>
    public static readonly HashSet<string> Adjectives =
    [
        .. Colors,
        .. Set("small large medium big bigger larger smaller huge tiny tall taller short shorter long longer wide wider narrow thin thinner thick fat old older young younger new newer modern ancient rusty dirty clean shiny glossy matte transparent invisible bald happy sad angry scary cute funny beautiful pretty ugly smiling laughing crying sleeping open closed broken wet dry frozen cloudy clear sunny rainy stormy foggy snowy starry dark bright brighter darker lighter colorful colourful blurry blurred sharp straight curly wavy round square striped spotted dotted furry fluffy metallic wooden plastic golden leather marble brick empty full burning lit glowing realistic blue-eyed muscular slim elegant vintage retro futuristic magical"),
    ];

    /// <summary>Comparative sizes; they apply to objects only, since a picture keeps its size.</summary>
    public static readonly HashSet<string> Sizes = Set("bigger larger smaller wider narrower taller shorter longer higher");

    /// <summary>Materials: "the wall out of brick".</summary>
    public static readonly HashSet<string> Materials = Set("marble leather wood metal gold silver steel plastic paper glass silk wool velvet cotton concrete brick stone ice chocolate denim lego bronze copper");

    /// <summary>Qualities too vague to draw.</summary>
    public static readonly HashSet<string> Vague = Set("better nicer good best great cool cooler pretty perfect professional different something anything nice improved okay right boring interesting awesome amazing fun fancy special appealing attractive epic lovely");

    /// <summary>Properties of the whole picture: light, season, weather, style.</summary>
    public static readonly HashSet<string> WholeTerms =
        Set("day daytime night nighttime dusk dawn sunset sunrise morning noon evening midnight twilight winter summer spring autumn fall rain rainy snowy snowing snow foggy fog misty sunny stormy cloudy storm watercolour watercolor painting sketch cartoon anime comic drawing mosaic vintage sepia monochrome greyscale grayscale impressionist cubist pixel-art lego halloween christmas apocalyptic");

    /// <summary>Places that a person or thing can be put into.</summary>
    public static readonly HashSet<string> Places =
        Set("beach moon forest city street desert mountain mountains castle park garden jungle space sea ocean lake river field meadow snow island paris london york tokyo rome mars library office studio kitchen stage museum room grass sand underwater hill volcano village town market station stadium farm road bridge tower universe cave church water wood bricks stone tiles carpet");

    /// <summary>Things one stands on rather than in.</summary>
    public static readonly HashSet<string> Surfaces = Set("grass sand snow water wood bricks stone tiles carpet field beach desert moon mars mountain road street bridge stage hill island table ice floor");

    /// <summary>Clothing: "in a red dress" belongs to the person, not to a place.</summary>
    public static readonly HashSet<string> Clothes = Set("dress suit shirt coat jacket hat skirt jeans uniform costume sweater hoodie shorts armor armour pyjamas swimsuit bikini tuxedo glasses");

    /// <summary>Parts of a person or animal; adding one changes its owner.</summary>
    public static readonly HashSet<string> BodyParts = Set("hair skin eyes lips face nose ears hands legs");

    /// <summary>Faults of a picture that "fix" means to remove.</summary>
    public static readonly HashSet<string> Defects = Set("crack cracks scratch scratches stain stains hole holes blemish blemishes pimple pimples spot spots dust wrinkle wrinkles tear dent");

    /// <summary>Visible, not audible, actions of living things, with their participles; after "her" such a word is a verb, not a noun.</summary>
    public static readonly Dictionary<string, string> Doings = new(StringComparer.Ordinal)
    {
        ["smile"] = "smiling",
        ["laugh"] = "laughing",
        ["cry"] = "crying",
        ["jump"] = "jumping",
        ["sit"] = "sitting",
        ["stand"] = "standing",
        ["run"] = "running",
        ["dance"] = "dancing",
        ["wave"] = "waving",
        ["sleep"] = "sleeping",
        ["walk"] = "walking",
        ["fly"] = "flying",
        ["swim"] = "swimming",
        ["frown"] = "frowning",
        ["glow"] = "glowing",
        ["float"] = "floating",
        ["ride"] = "riding",
    };

    private static readonly HashSet<string> FunctionWords =
        Set("please can could would will you i we he she it they me us to of in on at by for with from into onto and or but not no do does did done is are was be been being should must has have had need needs go gone there here where what who which that as like look looks looking instead than then just also now out up off away over under below beneath above behind beside next near close between front inside around through rid one ones its so if when where without except only else still alone untouched same want let think how about very too more less other way thank thanks hello nice system prompt print your instructions ignore missing ad shall ought may might disappear vanish removed erased deleted refill wear uninstall better");

    private static readonly HashSet<string> Nouns = ReadWords("nouns.txt");

    private static readonly HashSet<string> OrdinaryWords = ReadWords("words.txt");

    private static readonly HashSet<string> AbstractNouns = ReadWords("abstract.txt");

    private static readonly string[] AbstractEndings = ["ness", "tude", "ity", "ism"];

    /// <summary>Comparatives of motion, sound and time, which no picture shows.</summary>
    public static readonly HashSet<string> NoLooks = Set("faster slower quicker louder quieter nearer closer farther further sooner earlier later");

    /// <summary>Actions of living things and machines, which are not edits: a clause that depends on one is refused.</summary>
    public static readonly HashSet<string> Doing = ReadWords("verbs.txt");

    /// <summary>Words that belong to a verb and end its clause: "turn around", "walk away".</summary>
    public static readonly HashSet<string> Particles = Set("around away off up down out over back apart together forward forwards backward backwards again nearer closer further through along aside left-handed");

    /// <summary>Common objects, including those of the drawn scenes, in the order in which they are searched for if no object is named.</summary>
    public static readonly IReadOnlyList<string> Things = ["ball", "cube", "star", "heart", "tree", "mushroom", "cup", "fish", "house", "car", "flower"];

    /// <summary>What objects stand on, including the grounds of the drawn scenes.</summary>
    public static readonly HashSet<string> Grounds = Set("grass sand snow water wood bricks stone tiles carpet field beach desert");

    /// <summary>Every word that a typing error can be corrected to.</summary>
    public static readonly HashSet<string> Known =
    [
        .. Verbs, .. Determiners, .. Indefinite, .. Definite, .. People.Keys, .. WholePicture, .. WholeAspects, .. BackgroundWords, .. Degrees,
        .. Adjectives, .. Materials, .. Vague, .. WholeTerms, .. Places, .. Surfaces, .. Clothes, .. BodyParts, .. Defects, .. Doings.Keys,
        .. Doings.Values, .. FunctionWords, .. Nouns, .. Things, .. Grounds,
        "day", "dusk", "night", "small", "medium", "large",
    ];

    /// <summary>Whether a word is known to name an object, a place or a time.</summary>
    public static bool IsNoun(string word) => Nouns.Contains(word) || Things.Contains(word) || Grounds.Contains(word);

    /// <summary>Whether a word is a function word and names nothing.</summary>
    public static bool IsFunction(string word) => FunctionWords.Contains(word) || Determiners.Contains(word);

    /// <summary>Whether a noun names something that a picture cannot show: "time", "choice".</summary>
    public static bool IsAbstract(string word) => AbstractNouns.Contains(word) || (!IsNoun(word) && word.Length > 6 && AbstractEndings.Any(word.EndsWith)) || (AbstractNouns.Contains(Editing.NounForms.Singular(word)) && !IsNoun(word));

    /// <summary>Whether a word for light can also name an object: a light in a window.</summary>
    public static bool IsLit(string word) => word is "light" or "lighting" or "filter";

    /// <summary>Whether a word is an auxiliary verb.</summary>
    public static bool IsModal(string word) => word is "would" or "could" or "should" or "can" or "will" or "shall" or "must" or "may" or "might" or "is" or "are" or "was" or "were" or "do" or "does" or "did" or "have" or "has" or "be";

    /// <summary>Whether a word joins a thing to a place or another thing.</summary>
    public static bool IsPreposition(string word) => word is "of" or "on" or "in" or "at" or "with" or "without" or "behind" or "near" or "by" or "under" or "above" or "beside" or "from" or "over" or "around" or "between"
        or "to" or "into" or "onto" or "for" or "through" or "across" or "along" or "below" or "beneath" or "inside" or "against" or "past" or "towards" or "during" or "about";

    /// <summary>Whether a word states the degree of a quality: "very", "twice as".</summary>
    public static bool IsDegree(string word) => Degrees.Contains(word) || word is "as" or "twice" or "half" or "times" or "way" or "far" or "even";

    /// <summary>Whether a word is spelt correctly.</summary>
    public static bool IsSpeltRight(string word) => Known.Contains(word) || OrdinaryWords.Contains(word);

    /// <summary>Whether a word names a known quality.</summary>
    public static bool IsAdjective(string word) => Adjectives.Contains(word);

    /// <summary>Maps words to the enumeration member that they mean: "Largest: largest biggest; Smallest: smallest".</summary>
    /// <param name="classes">Members, each with its words, in the format of the example.</param>
    internal static Dictionary<string, T> Classes<T>(string classes)
        where T : struct, Enum => classes.Split(';', StringSplitOptions.TrimEntries).Select(one => one.Split(':'))
        .SelectMany(one => one[1].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => (word, Enum.Parse<T>(one[0]))))
        .ToDictionary(pair => pair.word, pair => pair.Item2, StringComparer.Ordinal);

    private static HashSet<string> Set(string words) => new(words.Split(' ', StringSplitOptions.RemoveEmptyEntries), StringComparer.Ordinal);

    private static HashSet<string> ReadWords(string resource)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"BrushEdit.Planning.{resource}")!;
        using StreamReader reader = new(stream);
        HashSet<string> words = new(StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
        {
            if (!line.StartsWith('#'))
            {
                words.UnionWith(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
            }
        }

        return words;
    }
}
