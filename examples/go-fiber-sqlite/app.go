package main

import (
	_ "embed"
	"html/template"

	"github.com/gofiber/fiber/v3"
)

//go:embed index.html
var index string

var page = template.Must(template.New("index").Parse(index))

func newApp(notes notes) *fiber.App {
	app := fiber.New()
	app.Get("/", func(c fiber.Ctx) error {
		bodies, err := notes.all()
		if err != nil {
			return err
		}
		c.Type("html", "utf-8")
		return page.Execute(c, bodies)
	})
	app.Post("/notes", func(c fiber.Ctx) error {
		if err := notes.add(c.FormValue("body")); err != nil {
			return err
		}
		return c.Redirect().To("/")
	})
	return app
}
