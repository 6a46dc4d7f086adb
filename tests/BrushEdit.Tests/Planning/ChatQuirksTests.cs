using System.Net;
using System.Text.Json;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Planning;

namespace BrushEdit.Tests.Planning;

/// <summary>Servers and models as they answer: each quirk a server that a test scripts.</summary>
public sealed class ChatQuirksTests
{
    private const string Key = "sk-test-9f3b7c21";

    private static readonly Picture Photo = Picture.FromRgb(new byte[128 * 96 * 3], 128, 96);

    private static readonly ChatPlannerOptions Quick = new() { Timeout = TimeSpan.FromSeconds(30), Retries = 2, RetryDelay = TimeSpan.FromMilliseconds(2) };

    private static string Good(ChatCall call) =>
        call.Body.Contains("Which kind", StringComparison.Ordinal) ? """{"edit_type": "addition"}"""
        : call.Body.Contains("Give its box", StringComparison.Ordinal) ? """{"box": [30, 30, 20, 20]}"""
        : """{"caption": "a table with a lamp on it"}""";

    private static string Completion(string? content, string finish = "stop", object? extra = null) => JsonSerializer.Serialize(new
    {
        id = "x",
        @object = "chat.completion",
        created = 1,
        model = "m",
        choices = new[] { new { index = 0, finish_reason = finish, message = new { role = "assistant", content, reasoning_content = extra } } },
        usage = new { prompt_tokens = 1, completion_tokens = 1, total_tokens = 2 },
    });

    private static IEditPlanner Planner(ChatServer server, ChatPlannerOptions? options = null, string key = Key) =>
        PlannerCatalog.Create("OpenAI", new PlannerSettings { Endpoint = server.OpenAI, Model = "m", Key = new NetworkCredential("", key).SecurePassword, Chat = options ?? Quick });

    private static async Task<(EditPlan Plan, List<string> Warnings)> PlanAsync(ChatServer server, ChatPlannerOptions? options = null, string instruction = "add a lamp on the table")
    {
        using IEditPlanner planner = Planner(server, options);
        List<string> warnings = [];
        ((ChatPlanner)planner).Warn = warnings.Add;
        return (await planner.PlanAsync(new PlanRequest { Instruction = instruction, Picture = Photo }), warnings);
    }

    private static async Task<EditException> FaultAsync(ChatServer server, ChatPlannerOptions? options = null)
    {
        EditException fault = await Assert.ThrowsAsync<EditException>(() => PlanAsync(server, options));
        Assert.DoesNotContain(Key, fault.ToString());
        Assert.DoesNotContain('\n', fault.Message);
        Assert.DoesNotContain('\u001b', fault.Message);
        return fault;
    }

    [Theory]
    [InlineData("<think>\nIt could be {\"edit_type\": \"local\"}, or remove. Not global.\n</think>\n\n")]
    [InlineData("<thinking>local? remove?</thinking>")]
    [InlineData("<reasoning type=\"deep\">local? remove?</reasoning>\n")]
    [InlineData("<thought>\nlocal\n</thought>\n")]
    [InlineData("<seed:think>local remove</seed:think>")]
    [InlineData("[THINK]local remove[/THINK]")]
    [InlineData("\u25C1think\u25B7local remove\u25C1/think\u25B7")]
    [InlineData("<|begin_of_thought|>local remove<|end_of_thought|>")]
    [InlineData("<|START_THINKING|>local remove<|END_THINKING|>")]
    [InlineData("It is local, or remove.\n</think>\n")]
    [InlineData("<think>one</think> <think>remove {</think>")]
    [InlineData("<|channel|>analysis<|message|>local or remove {x}<|end|><|start|>assistant<|channel|>final<|message|>")]
    public async Task Reasoning_before_the_answer_is_passed_over(string before)
    {
        using ChatServer server = ChatServer.Saying(call => before + Good(call));
        (EditPlan plan, List<string> warnings) = await PlanAsync(server);
        Assert.Empty(warnings);
        Assert.Equal(("OpenAI", EditType.Addition, "a table with a lamp on it"), (plan.Planner, plan.EditType, plan.Caption));
        Assert.Equal(new Box(30, 30, 20, 20), plan.Box);
    }

    [Theory]
    [InlineData("<think>remove or local?</think>\nremove")]
    [InlineData("<think>remove or local?</think>\n**Remove**")]
    public void Plain_words_after_reasoning_are_read(string answer) => Assert.Equal(EditType.Remove, AnswerReader.Type(AnswerText.WithoutReasoning(answer)));

    [Theory]
    [InlineData("<think>It is remove, since")]
    [InlineData("<|channel|>analysis<|message|>It is remove")]
    public void Reasoning_that_never_ends_leaves_no_answer(string answer) => Assert.Equal("", AnswerText.WithoutReasoning(answer));

    [Theory]
    [InlineData(400, "response_format", "This model does not support response format `json_schema`.")]
    [InlineData(404, "response_format", "No endpoints found that can handle the requested parameters.")]
    [InlineData(422, "response_format", "Extra inputs are not permitted")]
    [InlineData(500, "response_format", "response_format unsupported")]
    [InlineData(400, "response_format", "Invalid schema in response_format for image-text model: keyword maxLength is not permitted")]
    [InlineData(501, "response_format", "")]
    [InlineData(400, "temperature", "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported.")]
    [InlineData(422, "temperature", "temperature: must be greater than 0")]
    [InlineData(400, "temperature", "One of the parameters is not supported")]
    [InlineData(400, "max_completion_tokens", "Unsupported parameter: 'max_completion_tokens'")]
    [InlineData(422, "max_completion_tokens", "extra_forbidden")]
    public async Task What_a_server_refuses_is_left_away(int status, string part, string words)
    {
        using ChatServer server = ChatServer.Doing((call, response, _) => JsonDocument.Parse(call.Body).RootElement.TryGetProperty(part, out JsonElement _)
            ? ChatServer.JsonAsync(response, status, JsonSerializer.Serialize(new { error = new { message = words } }))
            : ChatServer.JsonAsync(response, 200, Completion(Good(call))));
        (EditPlan plan, List<string> warnings) = await PlanAsync(server);
        Assert.Empty(warnings);
        Assert.Equal("OpenAI", plan.Planner);

        // Found out once, and kept to for the later questions.
        Assert.True(server.Calls.Count <= 3 + 3);
    }

    [Theory]
    [InlineData(400, "prompting with images is incompatible with system messages")]
    [InlineData(422, "System role not supported")]
    [InlineData(400, "Conversation roles must alternate user/assistant/user/assistant")]
    public async Task A_system_message_that_is_refused_beside_a_picture_is_folded_in(int status, string words)
    {
        using ChatServer server = ChatServer.Doing((call, response, _) => call.Body.Contains("\"system\"", StringComparison.Ordinal)
            ? ChatServer.JsonAsync(response, status, JsonSerializer.Serialize(new { detail = words }))
            : ChatServer.JsonAsync(response, 200, Completion(Good(call))));
        Assert.Equal("OpenAI", (await PlanAsync(server)).Plan.Planner);
        Assert.Contains("You plan edits of pictures", server.Calls[^1].Body);
        Assert.Single(server.Calls[^1].Pictures());
    }

    [Fact]
    public async Task A_model_that_is_not_there_is_told_at_once_in_the_servers_words()
    {
        using ChatServer server = ChatServer.Failing(_ => (404, "{\"error\": {\"message\": \"The model `m` does not exist\u001b[31m\\nor you lack access\"}}", "application/json"));
        EditException fault = await FaultAsync(server);
        Assert.Contains("does not know the model", fault.Message);
        Assert.Contains("The model `m` does not exist", fault.Message);
        Assert.Single(server.Calls);
    }

    [Theory]
    [InlineData("{\"error\": \"quota spent\"}")]
    [InlineData("{\"message\": \"quota spent\"}")]
    [InlineData("{\"detail\": [{\"loc\": [\"body\"], \"msg\": \"quota spent\"}]}")]
    [InlineData("{\"error\": {\"message\": \"Provider returned error\", \"metadata\": {\"raw\": \"quota spent\"}}}")]
    [InlineData("quota spent")]
    public async Task A_servers_words_are_found_wherever_they_stand(string body)
    {
        using ChatServer server = ChatServer.Failing(_ => (402, body, "application/json"));
        Assert.Contains("quota spent", (await FaultAsync(server)).Message);
    }

    [Fact]
    public async Task An_error_that_comes_as_a_success_is_one()
    {
        using ChatServer server = ChatServer.Failing(_ => (200, """{"error": {"message": "Provider returned error", "code": 502}}""", "application/json"));
        EditException fault = await FaultAsync(server);
        Assert.Contains("Provider returned error", fault.Message);
        Assert.Equal(3, server.Calls.Count);
    }

    [Fact]
    public async Task An_answer_that_is_cut_off_is_asked_again_with_more_tokens()
    {
        using ChatServer server = ChatServer.Doing((call, response, _) => ChatServer.JsonAsync(response, 200, call.Body.Contains("\"max_completion_tokens\":400", StringComparison.Ordinal)
            ? Completion("", "length", "thinking a lot")
            : Completion(Good(call))));
        (EditPlan plan, List<string> warnings) = await PlanAsync(server);
        Assert.Empty(warnings);
        Assert.Equal("OpenAI", plan.Planner);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<think>Is it local? It may be")]
    [InlineData("{\"edit_type\": \"remo")]
    [InlineData("The edit is of the kind remove")]
    public async Task An_answer_that_stays_cut_off_is_named_and_never_used(string cut)
    {
        using ChatServer server = ChatServer.Doing((_, response, _) => ChatServer.JsonAsync(response, 200, Completion(cut, "length")));
        (EditPlan plan, List<string> warnings) = await PlanAsync(server, Quick with { MaxOutputTokens = 64 });
        Assert.Equal("Rules", plan.Planner);
        Assert.Contains("cut off after 64 tokens", Assert.Single(warnings));
        Assert.Contains("-MaxTokens", warnings[0]);
        Assert.Single(server.Calls);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("Thu, 01 Jan 2015 00:00:00 GMT")]
    public async Task A_wait_that_the_server_asks_for_takes_the_place_of_ours(string wait)
    {
        using ChatServer server = ChatServer.Doing((call, response, _) =>
        {
            if (call.Number > 0)
            {
                return ChatServer.JsonAsync(response, 200, Completion(Good(call)));
            }

            response.AddHeader("Retry-After", wait);
            return ChatServer.JsonAsync(response, 429, "{}");
        });
        Assert.Equal("OpenAI", (await PlanAsync(server, Quick with { RetryDelay = TimeSpan.FromDays(1) })).Plan.Planner);
    }

    [Theory]
    [InlineData("7200")]
    [InlineData("Fri, 01 Jan 2100 00:00:00 GMT")]
    public async Task A_wait_that_is_too_long_is_told_and_not_waited_for(string wait)
    {
        using ChatServer server = ChatServer.Doing((_, response, _) =>
        {
            response.AddHeader("Retry-After", wait);
            return ChatServer.JsonAsync(response, 503, """{"error": "overloaded"}""");
        });
        EditException fault = await FaultAsync(server);
        Assert.Contains("a pause of", fault.Message);
        Assert.Contains("overloaded", fault.Message);
        Assert.Single(server.Calls);
    }

    [Theory]
    [InlineData("[60, 60, 90, 90]", 60, 60, 30, 30)]
    [InlineData("```json\n[{\"bbox_2d\": [60, 60, 90, 90], \"label\": \"lamp 2\"}]\n```", 60, 60, 30, 30)]
    [InlineData("{\"box\":[500,500,200,200]}", 64, 48, 25.6, 19.2)]
    [InlineData("{\"box\":[500,500,700,700]}", 64, 48, 25.6, 19.2)]
    [InlineData("{\"bbox_2d\":[500,500,700,700]}", 64, 48, 25.6, 19.2)]
    [InlineData("{\"box\":[0.5,0.5,0.7,0.7]}", 64, 48, 25.6, 19.2)]
    [InlineData("{\"box\":{\"x1\":60,\"y1\":60,\"x2\":90,\"y2\":90}}", 60, 60, 30, 30)]
    [InlineData("{\"xmin\":60,\"ymin\":60,\"xmax\":90,\"ymax\":90}", 60, 60, 30, 30)]
    [InlineData("{\"box\":{\"left\":60,\"top\":60,\"right\":90,\"bottom\":90}}", 60, 60, 30, 30)]
    [InlineData("{\"box\":{\"x\":\"60\",\"y\":\"60\",\"w\":\"30\",\"h\":\"30\"}}", 60, 60, 30, 30)]
    [InlineData("{\"box\":\"60,60,30,30\"}", 60, 60, 30, 30)]
    [InlineData("{\"box\":[\"60\",\"60\",\"30\",\"30\"]}", 60, 60, 30, 30)]
    [InlineData("<loc0512><loc0512><loc0716><loc0716> lamp", 64, 48, 25.5, 19.125)]
    [InlineData("<ref>lamp</ref><box>[[500, 500, 700, 700]]</box>", 64, 48, 25.6, 19.2)]
    [InlineData("<|box_start|>(500,500),(700,700)<|box_end|>", 64, 48, 25.6, 19.2)]
    [InlineData("[{\"box_2d\": [500, 250, 700, 500], \"label\": \"lamp\"}]", 32, 48, 32, 19.2)]
    [InlineData("{'box': [60, 60, 30, 30]}", 60, 60, 30, 30)]
    [InlineData("[\u0666\u0660, \u0666\u0660, \u0663\u0660, \u0663\u0660]", 60, 60, 30, 30)]
    [InlineData("\uFF3B\uFF16\uFF10\uFF0C \uFF16\uFF10\uFF0C \uFF13\uFF10\uFF0C \uFF13\uFF10\uFF3D", 60, 60, 30, 30)]
    [InlineData("[\u096C\u0966\u060C \u096C\u0966\u060C \u0969\u0966\u060C \u0969\u0966]", 60, 60, 30, 30)]
    public void Boxes_are_read_in_the_forms_that_models_have(string answer, double x, double y, double width, double height)
    {
        Box box = Assert.NotNull(AnswerReader.Box(answer, new PictureAttachment([], 128, 96), 128, 96));
        Assert.Equal(x, box.X, 0.01);
        Assert.Equal(y, box.Y, 0.01);
        Assert.Equal(width, box.Width, 0.01);
        Assert.Equal(height, box.Height, 0.01);
    }

    [Theory]
    [InlineData("{\"caption\": \"a green")]
    [InlineData("```json\n{\"caption\": \"a green")]
    [InlineData("\"caption\": \"a green")]
    [InlineData("Sure! {\"caption\": \"a green lawn\"")]
    [InlineData("{\"caption\": ")]
    [InlineData("{")]
    [InlineData("a green lawn\"}")]
    public void An_unfinished_object_is_never_a_caption(string answer) => Assert.Null(AnswerReader.Line(answer, "caption"));

    [Theory]
    [InlineData("Here is the plan:\n```json\n{\"caption\": \"a lawn\"}\n```\nLet me know {if} you need more.")]
    [InlineData("{\"plan\": {\"Caption\": \"a lawn\"}}")]
    [InlineData("{\"caption\": \"draft\"} No, better: {\"caption\": \"a lawn\"}")]
    [InlineData("{'caption': 'a lawn'}")]
    [InlineData("{\"caption\": \"a lawn\",}")]
    public void A_whole_object_is_found_among_words(string answer) => Assert.Equal("a lawn", AnswerReader.Line(answer, "caption"));

    [Theory]
    [InlineData(Key + "\n")]
    [InlineData("  " + Key + "\r\n")]
    [InlineData("\uFEFF" + Key)]
    public async Task A_key_is_trimmed(string key)
    {
        using ChatServer server = ChatServer.Saying(Good);
        using IEditPlanner planner = Planner(server, key: key);
        Assert.Equal("OpenAI", (await planner.PlanAsync(new PlanRequest { Instruction = "add a lamp on the table", Picture = Photo })).Planner);
        Assert.All(server.Calls, call => Assert.Equal("Bearer " + Key, call.Headers["Authorization"]));
    }

    [Theory]
    [InlineData("sk-a\r\nX-Injected: yes")]
    [InlineData("sk-a\nb")]
    [InlineData("sk-a\0b")]
    [InlineData("sk-a b")]
    [InlineData("sk-\u00e4")]
    [InlineData("sk-a\u2028b")]
    [InlineData(" \n ")]
    public void A_key_that_no_header_takes_is_refused_and_not_shown(string key)
    {
        using ChatServer server = ChatServer.Saying(Good);
        EditException fault = Assert.Throws<EditException>(() => Planner(server, key: key));
        Assert.Equal(EditFault.BadArgument, fault.Kind);
        Assert.DoesNotContain("sk-", fault.ToString());
    }

    [Theory]
    [InlineData("sk-proj-4f2a9c")]
    [InlineData("AIzaSyD4f2a9c")]
    [InlineData("4F2A9C77E0")]
    public void A_key_given_as_a_variables_name_is_not_shown(string key)
    {
        EditException fault = Assert.Throws<EditException>(() => PlannerCatalog.Create("OpenAI", new PlannerSettings { KeyVariable = key }));
        Assert.DoesNotContain(key, fault.ToString());
        Assert.DoesNotContain(key, $"{fault.Target}");
        Assert.Contains("-ApiKeyVariable", fault.ToString());
    }
}
